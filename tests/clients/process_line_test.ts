import assert from "node:assert/strict";
import { withSettings } from "../../src/aws/config/edit.ts";
import { ProcessLineError } from "../../src/aws/config/errors.ts";
import { processLine } from "../../src/aws/config/process_line.ts";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { clients, gotten } from "./clients.ts";

/** Names of files as people and attackers have them. */
const names: readonly string[] = [
  "plain.yaml",
  "with space.yaml",
  "two  spaces .yaml",
  " begins and ends with one ",
  "it's.yaml",
  "''",
  "'quoted'",
  `"double".yaml`,
  `a"b'c.yaml`,
  "$HOME.yaml",
  "${HOME} $(id) `id`",
  "back\\slash",
  "ends with \\",
  "\\'",
  "#comment.yaml",
  "a #b.yaml",
  "a ;b.yaml",
  "a  ;#; #.yaml",
  "' #",
  "a;id",
  "a&&id|cat>x<y",
  "*?[a-z]{b,c}",
  "~",
  "!history",
  "-f",
  "--flag=x",
  "a=b",
  "a:b",
  "100%s %(region)s %%",
  "[profile x]",
  "ünïcödé, 日本語, emoji 🔑",
  "no-break\u00a0#space",
  "wide\u3000;space",
  "\ufeffmark",
];

/** All pairs and triples of what means something to one of them, and letters. */
const alphabet = [..."a '\"\\$#;`=~%*&\u00a0é"];
const pairs = alphabet.flatMap((one) => alphabet.map((other) => one + other));
const triples = pairs.flatMap((pair) => alphabet.map((each) => pair + each));

/** Prints the words that it was started with in the place of a secret. */
const echo = `#!/bin/sh
words=
for word; do words=$words$(printf %s "$word" | base64 -w0),; done
printf '{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"%s"}' "$words"
`;

function wordsOf(secret: string): string[] {
  return secret.split(",").slice(0, -1)
    .map((word) =>
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.fromBase64(word))
    );
}

for (const client of clients) {
  peerTest(client.needs, `${client.name} starts the very words of a line`, async (t) => {
    for (const place of ["bin", 'it\'s a $(folder) #1; "é"']) {
      await using home = await temporaryHome({});
      const program = `${home.path}/${place}/credsmith`;
      await home.write(program, echo, 0o755);
      for (const crlf of [false, true]) {
        const words = [program, "credential-process", ...names, ...pairs, "work"];
        const text = withSettings(crlf ? "# mine\r\n" : "", "work", {
          credential_process: processLine(words),
          region: "eu-central-1",
        });
        await home.write(".aws/config", text);
        const result = await client.run(home, ["credentials", "1"], {
          env: { AWS_PROFILE: "work" },
        });
        await t.step(`from "${place}"${crlf ? ", with CRLF" : ""}`, () => {
          assert.equal(result.code, 0, result.stderr);
          assert.deepEqual(wordsOf(gotten(result)[0]!.secretAccessKey), words.slice(1));
        });
      }
    }
  });
}

for (const client of clients) {
  peerTest(client.needs, `${client.name} takes every three characters as they are`, async () => {
    await using home = await temporaryHome({});
    const program = `${home.path}/credsmith`;
    // All of them would be too long for an answer.
    const script = `#!/bin/sh\nsum=$(printf '%s\\n' "$@" | sha256sum | cut -c1-64)\n` +
      `printf '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"%s"}' "$sum"\n`;
    await home.write(program, script, 0o755);
    const words = ["credential-process", ...triples, "work"];
    await home.write(
      ".aws/config",
      withSettings("", "work", {
        credential_process: processLine([program, ...words]),
        region: "x",
      }),
    );
    const result = await client.run(home, ["credentials", "1"], { env: { AWS_PROFILE: "work" } });
    const bytes = new TextEncoder().encode(words.map((word) => `${word}\n`).join(""));
    const expected = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    assert.equal(gotten(result)[0]?.secretAccessKey, expected, result.stderr.slice(0, 500));
  });
}

for (
  const [what, word, reason] of [
    ["a line feed", "a\nb", "control"],
    ["a carriage return", "a\rb", "control"],
    ["a tab", "a\tb", "control"],
    ["a NUL", "a\0b", "control"],
    ["a C1 control character", "a\x85b", "control"],
    ["a line separator", "a\u2028b", "control"],
    ["half of a surrogate pair", "a\ud800b", "not unicode"],
  ] as const
) {
  Deno.test(`a line cannot have ${what}, since no form works for all SDKs`, () => {
    assert.throws(
      () => processLine(["/bin/credsmith", word, "work"]),
      (error) => error instanceof ProcessLineError && error.reason === reason,
    );
  });
}

Deno.test("a line never ends with a quote, which Go's reader would take for one around all of it", () => {
  assert.throws(
    () => processLine(["/a b/credsmith", "c d"]),
    (error) => error instanceof ProcessLineError && error.reason === "last word",
  );
});
