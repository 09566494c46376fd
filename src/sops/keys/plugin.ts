import { PluginError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { type AgeStanza, decodeUnpadded, readStanza, writeStanza } from "./stanza.ts";

const utf8 = { encode: new TextEncoder(), decode: new TextDecoder() };
const nothing = new Uint8Array();
const fileKeyLength = 16;

/** A running plugin. */
export interface PluginConnection {
  send(text: string): Promise<void>;
  /** @returns its next line, without the end; nothing when it has ended */
  readLine(): Promise<string | undefined>;
  /** Closes its input and waits for its end; a plugin that does not end is ended. */
  close(): Promise<void>;
}

/** What a plugin may ask of a person. Absent, or giving nothing: nobody is there to answer. */
export interface PluginPerson {
  tell?(plugin: string, message: string): Promise<void>;
  ask?(plugin: string, prompt: string, secret: boolean): Promise<Secret | undefined>;
  /** @returns whether the person chose yes */
  confirm?(plugin: string, prompt: string, yes: string, no?: string): Promise<boolean | undefined>;
}

/**
 * Starts `age-plugin-NAME --age-plugin=PROTOCOL`.
 *
 * @returns nothing when there is no such program
 */
export interface ConnectPlugin {
  (
    plugin: string,
    protocol: "identity-v1" | "recipient-v1",
  ): Promise<PluginConnection | undefined>;
  readonly person?: PluginPerson;
}

/**
 * Seals a file key by a plugin.
 *
 * @param fileKey 16 bytes
 * @param recipient `age1NAME1…`
 * @throws {PluginError} when the program is not there, fails or answers nonsense
 * @see https://c2sp.org/age-plugin, recipient-v1 and its labels extension
 */
export async function sealByPlugin(
  fileKey: Uint8Array,
  plugin: string,
  recipient: string,
  connect: ConnectPlugin | undefined,
): Promise<AgeStanza[]> {
  const sealed: AgeStanza[] = [];
  await converse(plugin, "recipient-v1", connect, [
    { args: ["add-recipient", recipient], body: nothing },
    { args: ["wrap-file-key"], body: new Uint8Array(fileKey) },
    { args: ["extension-labels"], body: nothing },
    { args: ["done"], body: nothing },
  ], ({ args: [command, index, ...args], body }) => {
    // Labels say which recipients may share a file; here each has a file of its own.
    if (command === "labels") return true;
    if (command !== "recipient-stanza") return false;
    if (index !== "0" || args.length === 0) throw new PluginError(plugin, "malformed");
    sealed.push({ args, body });
    return true;
  });
  if (sealed.length === 0) throw new PluginError(plugin, "malformed");
  return sealed;
}

/**
 * Opens a file key by a plugin.
 *
 * @param identity `AGE-PLUGIN-NAME-1…`
 * @returns 16 bytes; nothing when none of the stanzas is for it
 * @throws {PluginError} when the program is not there, fails or answers nonsense
 * @see https://c2sp.org/age-plugin, identity-v1
 */
export async function openByPlugin(
  stanzas: readonly AgeStanza[],
  plugin: string,
  identity: Secret,
  connect: ConnectPlugin | undefined,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let fileKey: Uint8Array<ArrayBuffer> | undefined;
  await converse(plugin, "identity-v1", connect, [
    { args: ["add-identity", identity.reveal()], body: nothing },
    ...stanzas.map(({ args, body }) => ({ args: ["recipient-stanza", "0", ...args], body })),
    { args: ["done"], body: nothing },
  ], ({ args: [command, index, ...more], body }) => {
    if (command !== "file-key") return false;
    if (index !== "0" || more.length > 0 || body.length !== fileKeyLength || fileKey) {
      throw new PluginError(plugin, "malformed");
    }
    fileKey = body;
    return true;
  });
  return fileKey;
}

/**
 * Says everything, then answers the plugin until it is done.
 *
 * @param take handles what the protocol is about; whether it knew the message
 */
async function converse(
  plugin: string,
  protocol: "identity-v1" | "recipient-v1",
  connect: ConnectPlugin | undefined,
  messages: readonly AgeStanza[],
  take: (message: AgeStanza) => boolean,
): Promise<void> {
  const connection = await connect?.(plugin, protocol);
  if (!connection) throw new PluginError(plugin, connect ? "absent" : "not allowed");
  try {
    await connection.send(messages.map(writeStanza).join(""));
    for (;;) {
      const message = await nextMessage(connection);
      if (!message) throw new PluginError(plugin, "malformed");
      if (message.args[0] === "done") return;
      const failed = message.args[0] === "error";
      const answer = failed || take(message)
        ? { args: ["ok"], body: nothing }
        : await personal(plugin, message, connect?.person ?? {});
      await connection.send(writeStanza(answer));
      if (failed) throw new PluginError(plugin, "refused", utf8.decode.decode(message.body));
    }
  } finally {
    await connection.close();
  }
}

async function nextMessage(connection: PluginConnection): Promise<AgeStanza | undefined> {
  const first = await connection.readLine();
  if (first === undefined) return undefined;
  // A body ends with the first line that is shorter than the others.
  const lines: string[] = [];
  for (;;) {
    const line = await connection.readLine();
    if (line === undefined) return undefined;
    lines.push(line);
    if (line.length < 64) break;
  }
  return readStanza(first, () => lines.shift());
}

const fail: AgeStanza = { args: ["fail"], body: nothing };

/** What a plugin asks of a person, answered; `fail` where nobody is there. */
async function personal(
  plugin: string,
  { args: [command, ...args], body }: AgeStanza,
  person: PluginPerson,
): Promise<AgeStanza> {
  const text = utf8.decode.decode(body);
  switch (command) {
    case "msg":
      if (!person.tell) return fail;
      await person.tell(plugin, text);
      return { args: ["ok"], body: nothing };
    case "request-public":
    case "request-secret": {
      const answer = await person.ask?.(plugin, text, command === "request-secret");
      if (!answer) return fail;
      return { args: ["ok"], body: new Uint8Array(utf8.encode.encode(answer.reveal())) };
    }
    case "confirm": {
      const [yes, no] = args.map((each) => decodeUnpadded(each));
      if (!yes || args.length > 2 || (args.length === 2 && !no)) {
        throw new PluginError(plugin, "malformed");
      }
      const words = [yes, ...(no ? [no] : [])].map((each) => utf8.decode.decode(each));
      const chosen = await person.confirm?.(plugin, text, words[0]!, words[1]);
      if (chosen === undefined) return fail;
      return { args: ["ok", chosen ? "yes" : "no"], body: nothing };
    }
    default:
      return { args: ["unsupported"], body: nothing };
  }
}
