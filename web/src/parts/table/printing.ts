// Tables on paper.

/** Calls `print` before the page is printed, and after. Returns the function that ends it. */
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
