// Detects printing.

/** Calls `print` before and after the page is printed. Returns the function that stops this. */
export function onPrint(print: (isPrinting: boolean) => void): () => void {
  const before = () => print(true);
  const after = () => print(false);
  addEventListener('beforeprint', before);
  addEventListener('afterprint', after);
  return () => {
    removeEventListener('beforeprint', before);
    removeEventListener('afterprint', after);
  };
}
