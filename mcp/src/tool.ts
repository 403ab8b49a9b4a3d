// The common parts of all tools: checked arguments, answers as JSON, errors with codes, progress and cancellation.

import type { McpServer, StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import * as z from 'zod/v4';
import { CodedError, errorText } from './errors.js';
import { Progress } from './progress.js';
import type { Session } from './session.js';

/** The context of a call, besides its arguments. */
export interface Call {
  session: Session;
  /** Aborts if the client cancels the call, or has gone. */
  signal: AbortSignal;
  progress: Progress;
}

export interface Tool<Input extends z.ZodRawShape, Output extends z.ZodRawShape> {
  name: string;
  title: string;
  /** All that a client knows of the tool, with the schemas. */
  description: string;
  input: Input;
  output: Output;
  /** Whether it changes nothing outside of the server. */
  isReadOnly: boolean;
  run(args: z.output<z.ZodObject<Input>>, call: Call): Promise<z.input<z.ZodObject<Output>>>;
}

/** Returns the function that adds a tool to a server. */
export const tool =
  <Input extends z.ZodRawShape, Output extends z.ZodRawShape>(one: Tool<Input, Output>) =>
  (server: McpServer, session: Session): void =>
    register(server, session, one);

/** Maximum length of what is said about wrong arguments. */
const MAX_ISSUE_CHARACTERS = 600;
/** Maximum number of arguments, and of elements of one: schemas look at each before they count them. */
const MAX_ELEMENTS = 100;

const wrongArguments = (issues: string) =>
  new Error(errorText(new CodedError('ERR_INVALID_ARG_VALUE', `wrong arguments: ${issues.slice(0, MAX_ISSUE_CHARACTERS)}`)));

const isTooLong = (value: unknown) => Array.isArray(value) && value.length > MAX_ELEMENTS;

/** Makes a schema report wrong arguments in the form of all errors; the SDK answers with the message of what is thrown. */
function checked<Schema extends z.ZodObject>(schema: Schema): StandardSchemaWithJSON<z.input<Schema>, z.output<Schema>> {
  const standard = schema['~standard'] as StandardSchemaWithJSON<z.input<Schema>, z.output<Schema>>['~standard'];
  const validate = (value: unknown) => {
    const elements = Object.values(value ?? {});
    if (elements.length > MAX_ELEMENTS || elements.some(isTooLong)) throw wrongArguments(`more than ${MAX_ELEMENTS} elements`);
    const { success, data, error } = schema.safeParse(value);
    if (success) return { value: data };
    throw wrongArguments(z.prettifyError(error));
  };
  return { '~standard': { ...standard, validate } };
}

function register<Input extends z.ZodRawShape, Output extends z.ZodRawShape>(
  server: McpServer,
  session: Session,
  { name, title, description, input, output, isReadOnly, run }: Tool<Input, Output>,
): void {
  const inputSchema = checked(z.strictObject(input));
  const annotations = { readOnlyHint: isReadOnly, destructiveHint: false, openWorldHint: false };
  server.registerTool(
    name,
    { title, description, inputSchema, outputSchema: z.strictObject(output), annotations },
    async (args, context) => {
      const progress = new Progress(context);
      try {
        const call = { session, signal: context.mcpReq.signal, progress };
        const answer = await run(args as z.output<z.ZodObject<Input>>, call);
        return { content: [{ type: 'text', text: JSON.stringify(answer) }], structuredContent: answer as Record<string, unknown> };
      } catch (error) {
        return { content: [{ type: 'text', text: errorText(error) }], isError: true };
      } finally {
        progress.end();
      }
    },
  );
}
