import type { IdentityProblem, IdentitySource } from "../../store/errors.ts";
import { reasonOf } from "./system_words.ts";

/** @returns one source of identities with what came of it, `SOPS_AGE_KEY (1)` */
export function describeSource({ source, count, absent, problem }: IdentitySource): string {
  if (problem) return `${source} (${describeProblem(problem)})`;
  return `${source} (${absent ? "not there" : count === 0 ? "empty" : count})`;
}

/** @returns what is the matter with a source of identities; nothing of its content */
function describeProblem(problem: IdentityProblem): string {
  switch (problem.kind) {
    case "file":
      return reasonOf(problem.code);
    case "malformed":
      return `line ${problem.line} is ${problem.reason}`;
    case "command":
      return typeof problem.code === "number"
        ? `the command ended with code ${problem.code}`
        : `the command cannot be started: ${
          problem.code === "ENOENT" ? "there is no such program" : reasonOf(problem.code)
        }`;
    case "command syntax":
      return "the command has an open quote, or is empty";
    case "relative path":
      return "a relative path";
  }
}
