// The screen as the explorer describes it. Its texts are already safe to show, but the code in terminal/ does not rely on that.

export type Tone = 'plain' | 'dim' | 'strong' | 'edge' | 'string' | 'bad' | 'good' | 'warn' | 'selected';

export interface Piece {
  text: string;
  tone?: Tone;
}

export interface Column {
  name: string;
  title: string;
  isFirst?: boolean;
  align?: 'right';
  /** Minimum width, so that the column does not move while the user scrolls. */
  minWidth?: number;
  /** Whether the column is left out if there is no room. */
  isOptional?: boolean;
  sorted?: 'standard' | 'reverse';
}

export interface Row {
  depth: number;
  marker: string;
  label: Piece[];
  /** Name of a column -> text. */
  values: Record<string, string>;
  tones?: Record<string, Tone>;
  isSelected?: boolean;
}

export interface Screen {
  title: { left: string; right: string };
  foot: string;
  prompt?: { label: string; text: string; keys: string };
  help?: { title: string; keys: Array<[string, string]> };
  progress?: { file: string; stage: string; share: number; text: string };
  views?: Array<{ key: string; name: string; isShown: boolean }>;
  heading?: Piece[];
  columns?: Column[];
  rows?: Row[];
  /** Lines for rows. */
  lines?: number;
  detail?: { lines: number; paragraphs: Piece[][] };
  position?: string;
}

export interface Size {
  columns: number;
  rows: number;
}

/** The explorer, which is independent of the terminal. */
export interface App {
  load(): Promise<void>;
  close(): void;
  key(name: string, text?: string): void;
  frame(size: Size): Screen;
  onChange: () => void;
  readonly isDone: boolean;
  readonly exitCode: number;
}
