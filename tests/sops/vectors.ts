import { type OpenDocument, parseDocument, type SealedDocument } from "../../src/sops/document.ts";
import { type Identity, parseIdentities } from "../../src/sops/keys/identity.ts";
import { formatForPath } from "../../src/sops/stores/mod.ts";
import type { Format } from "../../src/sops/tree.ts";

const folder = new URL("../vectors/sops/", import.meta.url);

/** @param name below tests/vectors/sops */
export async function vector(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return await Deno.readFile(new URL(name, folder));
}

export function formatOf(name: string): Format {
  return formatForPath(name);
}

/** The identity that the vectors are for. */
export async function identities(name = "identity.txt"): Promise<Identity[]> {
  return parseIdentities(await Deno.readTextFile(new URL(name, folder)), name);
}

export async function sealedVector(name: string): Promise<SealedDocument> {
  return await parseDocument(await vector(name), formatOf(name));
}

export async function openVector(name: string): Promise<OpenDocument> {
  return await (await sealedVector(name)).open(await identities());
}

/** Every leaf of a document as `path=type:text`. */
export function leafTexts(document: OpenDocument): string[] {
  return Array.from(
    document.leaves(),
    ({ path, value }) => `${path.join("/")}=${value.type}:${value.reveal()}`,
  );
}
