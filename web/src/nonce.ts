// pageNonce is the word without which the page's policy refuses a style that a
// script adds. Browsers hide it from the markup but tell it to scripts.
export function pageNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}
