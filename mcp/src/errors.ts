// Errors with codes: the answers of tools that fail.

/** An error with a code, for clients to act on. */
export class CodedError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Maximum length of a message. */
const MAX_CHARACTERS = 1500;

/** Returns an error as the JSON text of an answer. */
export function errorText(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' ? message : String(error);
  return JSON.stringify({
    error: {
      code: typeof code === 'string' ? code : 'ERR_HEAPDUMP_INTERNAL',
      message: text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}\u2026` : text,
    },
  });
}
