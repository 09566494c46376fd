import type { Rollback } from "../../nixos/rollback.ts";
import type { Check } from "./check.ts";

/**
 * Findings about a key that AWS does not know, on a host whose older system has brought it back;
 * pure. Identities and old files are kept until someone drops them, so an older system still opens
 * its secrets file; only AWS has deleted what is in it.
 */
export function withRollback(
  checks: readonly Check[],
  { running, newer, certain }: Rollback,
): Check[] {
  return checks.map((check): Check => {
    if (check.cause !== "key_unknown" || check.status !== "fail") return check;
    const key = check.facts?.accessKeyId ?? "the access key";
    return {
      ...check,
      text: certain
        ? `Rolled back to a deleted key: AWS does not know ${key}`
        : `Rolled back to a deleted key, or not switched to the new one: AWS does not know ${key}`,
      details: [
        `System ${running.number} runs, with a secrets file of ${day(running.secretsModified)}`,
        `System ${newer.number} has one of ${day(newer.secretsModified)}`,
      ],
      cause: "key_rolled_back",
      fix: {
        text: "sudo nixos-rebuild switch",
        remark: `with the secrets file of system ${newer.number}`,
      },
      facts: { ...check.facts, running: running.number, newer: newer.number },
    };
  });
}

function day(time: string | undefined): string {
  return time?.slice(0, 10) ?? "an unknown day";
}
