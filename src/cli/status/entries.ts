import { sourceOf } from "../../aws/source.ts";
import { type Journal, steps } from "../../rotate/journal.ts";
import type { Node, Path, Tree } from "../../sops/tree.ts";
import { apiKeyEnd } from "../../status/api_key.ts";
import { type Credential, daysOf, type RotationView, saidOf } from "../../status/credential.ts";
import type { KeptSession } from "../../status/kept.ts";
import { profilesOf, type ProfileView } from "../../store/credentials.ts";
import { explain } from "../faults.ts";
import { stepCount, stepNumber } from "../rotate/picture.ts";

/** A credential with what it was made of. */
export interface Entry {
  readonly credential: Credential;
  readonly view: ProfileView;
  /** Whether AWS may be asked with it. */
  readonly mayAsk: boolean;
  /** What is wrong with the profile, in words. */
  readonly fault?: { readonly message: string; readonly hint?: string };
}

/** Every credential of an open file. */
export async function entriesOf(
  profiles: ReadonlyMap<string, ProfileView>,
  journals: ReadonlyMap<string, Journal>,
  tree: Tree,
  sessions: ReadonlyMap<string, KeptSession>,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const view of profiles.values()) {
    const { name, accessKeyId, secretAccessKey, sessionToken, roleArn, source } = view;
    const fault = await faultOf(profiles, name);
    const days = view.rotateAfterDays === undefined ? undefined : daysOf(view.rotateAfterDays);
    const common = { profile: name, ...(days === undefined ? {} : { rotateAfterDays: days }) };
    const ends = (how: "session" | "role") => {
      const session = sessions.get(name);
      return session?.how === how ? { expires: session.expires } : {};
    };
    // Where several credentials are in one profile, the fault is that of the one that is used.
    const faulty = roleArn !== undefined ? "role" : source !== undefined ? "ambient" : "key";
    const add = (credential: Credential, mayAsk = false) => {
      const kind = credential.kind === "session" ? "key" : credential.kind;
      const broken = fault !== undefined && kind === faulty;
      entries.push({
        credential: { ...credential, ...(broken ? { refused: fault.cause } : {}) },
        view,
        mayAsk: mayAsk && !broken,
        ...(broken ? { fault } : {}),
      });
    };
    if (isCredential(view)) {
      const journal = rotationFor(view, journals);
      const said = saidIn(tree, name);
      add({
        ...common,
        kind: sessionToken ? "session" : "key",
        ...(accessKeyId === undefined ? {} : { id: accessKeyId }),
        ...(sessionToken ? {} : ends("session")),
        ...(said ? { said } : {}),
        ...(journal ? { rotation: rotationView(journal) } : {}),
        ...(journal ? createdBy(journal, accessKeyId) : {}),
      }, accessKeyId !== undefined && secretAccessKey !== undefined);
    }
    if (roleArn !== undefined) add({ ...common, kind: "role", ...ends("role") });
    else if (source !== undefined) add({ ...common, kind: "ambient" });
    if (view.bedrockApiKey) {
      const expires = apiKeyEnd(view.bedrockApiKey.reveal());
      add({ ...common, kind: "api-key", unseen: "no record", ...(expires ? { expires } : {}) });
    }
  }
  return entries;
}

/** Whether a profile is meant to give credentials, rather than settings only. */
function isCredential(view: ProfileView): boolean {
  const { accessKeyId, secretAccessKey, sessionToken } = view;
  return accessKeyId !== undefined || secretAccessKey !== undefined || sessionToken !== undefined;
}

async function faultOf(
  profiles: ReadonlyMap<string, ProfileView>,
  name: string,
): Promise<{ cause: string; message: string; hint?: string } | undefined> {
  try {
    sourceOf(profiles, name);
    return undefined;
  } catch (error) {
    const { cause, message, hint } = await explain(error);
    return { cause, message, ...(hint === undefined ? {} : { hint }) };
  }
}

/** Keys that rotations wait for to be unused. */
export function restingKeys(journals: ReadonlyMap<string, Journal>): ReadonlySet<string> {
  const found = [...journals.values()].flatMap((journal) =>
    journal.abort ? [journal.new?.id] : isPromoted(journal) ? [journal.old.id] : []
  );
  return new Set(found.filter((each) => each !== undefined));
}

function isPromoted({ step }: Journal): boolean {
  return steps.indexOf(step) >= steps.indexOf("promoted");
}

/** The rotation of a profile; those that share its key rotate with it. */
function rotationFor(
  { name, accessKeyId }: ProfileView,
  journals: ReadonlyMap<string, Journal>,
): Journal | undefined {
  return journals.get(name) ??
    [...journals.values()].find((each) =>
      accessKeyId !== undefined && (each.old.id === accessKeyId || each.new?.id === accessKeyId)
    );
}

function rotationView(journal: Journal): RotationView {
  return {
    step: stepNumber(journal),
    of: stepCount,
    aborting: journal.abort !== undefined,
    promoted: isPromoted(journal) && journal.abort === undefined,
    started: journal.started,
  };
}

/** The journal, which only the key's holder could have written, knows when the new key was made. */
function createdBy(
  journal: Journal,
  accessKeyId: string | undefined,
): Pick<Credential, "created" | "createdFrom"> {
  return journal.new !== undefined && journal.new.id === accessKeyId
    ? { created: journal.started, createdFrom: "rotation" }
    : {};
}

/** What a closed file tells: names, and what stands in it in plaintext. */
export function closedEntries(tree: Tree): Entry[] {
  return [...profilesOf({ tree }).values()].flatMap((view): Entry[] => {
    const { name, sessionToken, roleArn, source, bedrockApiKey } = view;
    const said = saidIn(tree, name);
    const of = (kind: Credential["kind"], more: Partial<Credential> = {}): Entry => ({
      credential: { profile: name, kind, unseen: "closed", ...more },
      view,
      mayAsk: false,
    });
    return [
      ...(isCredential(view) ? [of(sessionToken ? "session" : "key", said ? { said } : {})] : []),
      ...(roleArn !== undefined ? [of("role")] : source !== undefined ? [of("ambient")] : []),
      ...(bedrockApiKey ? [of("api-key")] : []),
    ];
  });
}

function saidIn(tree: Tree, profile: string): Credential["said"] {
  const [top] = tree.documents;
  const text = (name: string) => top && leafText(top, ["lifecycle_unencrypted", profile, name]);
  const [created, rotateBy] = [text("created"), text("rotate_by")];
  return saidOf({
    ...(created === undefined ? {} : { created }),
    ...(rotateBy === undefined ? {} : { rotateBy }),
  });
}

function leafText(top: Node, path: Path): string | undefined {
  let node: Node | undefined = top;
  for (const key of path) {
    if (node?.kind !== "mapping") return undefined;
    node = node.entries.flatMap((each) =>
      each.kind === "pair" && each.key === key ? [each.value] : []
    )[0];
  }
  return node?.kind === "scalar" ? node.reveal() : undefined;
}
