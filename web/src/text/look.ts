export const overview = {};
export const map = {};
export const query = {};
export const dashboards = {};
