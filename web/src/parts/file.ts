// save hands content to the browser as a file to be kept.
export function save(name: string, kind: string, content: BlobPart): void {
  const address = URL.createObjectURL(new Blob([content], { type: kind }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The download has begun when the click returns, but some browsers read on.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
