import { parseIdentities } from "../../src/sops/keys/identity.ts";
import { testIdentity } from "../support/sops_file.ts";
import { twoAtATime } from "../support/strace.ts";
import { compare, Difference, type Verdict } from "./compare.ts";
import type { SourceDocument } from "./documents.ts";

export interface Comparison {
  readonly counts: Record<Verdict, number>;
  /** Each with the document, as `regressions.ts` has it. */
  readonly differences: string[];
}

/** Compares documents, two at a time, in memory. */
export async function compareAll(documents: readonly SourceDocument[]): Promise<Comparison> {
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "credsmith-interop-" });
  const counts = { same: 0, refused: 0, "refused by us": 0, "broken by sops": 0 };
  const differences: string[] = [];
  const identities = parseIdentities(testIdentity, "test");
  try {
    await twoAtATime([...documents.entries()], async ([index, source]) => {
      const place = `${folder}/${index}`;
      await Deno.mkdir(place);
      try {
        counts[await compare(source, place, identities, { thorough: index % 3 === 0 })]++;
      } catch (error) {
        const reason = error instanceof Difference
          ? error.message
          : error instanceof Error
          ? error.stack
          : String(error);
        differences.push(`${reason}\n${JSON.stringify(source)}`);
      }
      await Deno.remove(place, { recursive: true });
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return { counts, differences };
}
