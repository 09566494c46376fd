import { RefusedError } from "./errors.ts";

/**
 * What coding agents set in the environment of the commands that they run. A guard against a
 * secret that lands in a transcript by accident, and no boundary: an agent can unset them.
 */
const agentMarks = [
  "CLAUDECODE",
  "CURSOR_AGENT",
  "GEMINI_CLI",
  "CODEX_SANDBOX",
  "CLINE_ACTIVE",
  "OPENCODE",
  "AUGMENT_AGENT",
  "AI_AGENT",
] as const;

/** @returns the variable that says that an agent started this command, if there is one */
export function agentMark(env: Readonly<Record<string, string>>): string | undefined {
  return agentMarks.find((name) => env[name] && !/^(0|false|no|off)$/i.test(env[name]));
}

/**
 * Stops a command that would print a secret to an agent.
 *
 * @param options.reveal whether the user asked for it all the same
 * @param options.what what would be printed: `"aws_secret_access_key"`, `the loader's values`
 * @throws {RefusedError} exit 8, cause `agent_guard`
 */
export function refuseUnderAgent(
  context: { readonly env: Readonly<Record<string, string>> },
  options: { readonly reveal: boolean; readonly what: string },
): void {
  if (options.reveal) return;
  const mark = agentMark(context.env);
  if (mark === undefined) return;
  throw new RefusedError(
    `Refused to print ${options.what}: ${mark} says that an agent runs this command`,
    "add --reveal where it is meant to be seen",
    "agent_guard",
  );
}
