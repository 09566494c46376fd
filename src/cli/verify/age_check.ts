import { now } from "../../platform/clock.ts";
import { type Journal, type JournalDocument, journalsOf } from "../../rotate/journal.ts";
import { daysOf } from "../../status/credential.ts";
import { judge, usualMaxAge } from "../../status/judge.ts";
import type { ProfileView } from "../../store/credentials.ts";
import { KeyDatesFile } from "../status/key_dates.ts";
import type { Check } from "./check.ts";
import { type RemedyContext, withoutUser } from "./remedies.ts";

/**
 * A note from the day on when a key is to be replaced. When it was made is what IAM has told
 * `status`: nobody is asked here, and nothing is said where that is not known.
 */
export function ageCheck(
  env: Readonly<Record<string, string>>,
  document: JournalDocument,
  profile: ProfileView,
  { endpoints, fileFlag }: Pick<RemedyContext, "endpoints" | "fileFlag">,
): Check[] {
  const { name, accessKeyId, sessionToken, rotateAfterDays } = profile;
  if (accessKeyId === undefined || sessionToken !== undefined) return [];
  const iam = endpoints.iam && withoutUser(endpoints.iam.url);
  const created = new KeyDatesFile(env, iam).get(accessKeyId);
  if (created === undefined) return [];
  const own = rotateAfterDays === undefined ? undefined : daysOf(rotateAfterDays);
  const maxAgeDays = own ?? usualMaxAge;
  const { state, ageDays } = judge(
    { profile: name, kind: "key", id: accessKeyId, created },
    { now: now(), maxAgeDays },
  );
  if (state !== "due" && state !== "overdue") return [];
  const rotation = rotationOf(document, name, accessKeyId);
  const command = `credsmith rotate${fileFlag}${name === "default" ? "" : ` ${name}`}${
    rotation ? " --continue" : ""
  }`;
  return [{
    name: "age",
    status: "note",
    text: `${ageDays} of ${maxAgeDays} days: ${command}`,
    facts: {
      state,
      created: created.toString({ smallestUnit: "second" }),
      ageDays,
      maxAgeDays,
    },
  }];
}

/** The rotation that replaces a key, as `status` finds it; one that cannot be read is not told of. */
function rotationOf(
  document: JournalDocument,
  name: string,
  accessKeyId: string,
): Journal | undefined {
  try {
    const journals = journalsOf(document);
    return journals.get(name) ??
      [...journals.values()].find(({ old }) => old.id === accessKeyId);
  } catch {
    return undefined;
  }
}
