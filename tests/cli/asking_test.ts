import assert from "node:assert/strict";
import { bech32 } from "@scure/base";
import { credsmith, type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { onTerminal } from "../support/pty.ts";

const passphrase = " in the middle, and at both ends ";
const pin = "0815 ";
const value = "pK9-example-value";

/** A home with a secrets file whose identity is in a file under the passphrase. */
async function underPassphrase() {
  const { Encrypter, generateX25519Identity, identityToRecipient } = await import("age-encryption");
  const identity = await generateX25519Identity();
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(10);
  const home = await temporaryHome({
    "plain.yaml": `aws_access_key_id: AKIAIOSFODNN7EXAMPLE\naws_secret_access_key: ${value}\n`,
    "keys.age": await encrypter.encrypt(`${identity}\n`),
  });
  await Deno.chmod(`${home.path}/keys.age`, 0o600);
  await encrypted(home, await identityToRecipient(identity));
  return { home, env: { SOPS_AGE_KEY_FILE: `${home.path}/keys.age` } };
}

async function encrypted(
  home: Home,
  recipient: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const args = ["sops", "encrypt", "--age", recipient, "--output", "secrets.yaml", "plain.yaml"];
  const { code, stderr } = await home.run(args, { env });
  assert.equal(code, 0, stderr);
}

const get = [...credsmith, "get", "aws_secret_access_key", "-f", "secrets.yaml"];
const asked = "Passphrase of the identity file";

peerTest(
  ["script"],
  "get asks for the passphrase of an identity file, once, and shows none of it",
  async () => {
    const { home, env } = await underPassphrase();
    await using _ = home;
    const { code, shown } = await onTerminal(home, get, [[asked, `${passphrase}\r`]], { env });
    assert.equal(code, 0, shown);
    assert.equal(shown.split(asked).length, 2, shown);
    assert.ok(shown.endsWith(`${value}\n`), shown);
    assert.ok(!shown.includes(passphrase.trim()), shown);
  },
);

peerTest(
  ["script"],
  "exec asks for the passphrase, and the program has the terminal after",
  async () => {
    const { home, env } = await underPassphrase();
    await using _ = home;
    const program = ["sh", "-c", 'read -r line; test "$line" = typed && echo $AWS_ACCESS_KEY_ID'];
    const { code, shown } = await onTerminal(
      home,
      [...credsmith, "exec", "--static", "-f", "secrets.yaml", "--", ...program],
      [[asked, `${passphrase}\r`], ["\n", "typed\n"]],
      { env },
    );
    assert.equal(code, 0, shown);
    assert.match(shown, /AKIAIOSFODNN7EXAMPLE/);
  },
);

peerTest(["script"], "a wrong passphrase is said, and Ctrl-C ends the question", async () => {
  const { home, env } = await underPassphrase();
  await using _ = home;
  const wrong = await onTerminal(home, get, [[asked, `${passphrase.trim()}\r`]], { env });
  assert.equal(wrong.code, 3, wrong.shown);
  assert.match(wrong.shown, /the passphrase of\s+"\S+"\s+is\s+another\s+one/);
  const left = await onTerminal(home, get, [[asked, "\x03"]], { env });
  assert.equal(left.code, 130, left.shown);
});

Deno.test("where standard input is no terminal, the passphrase is said to be needed", async () => {
  const { home, env } = await underPassphrase();
  await using _ = home;
  const { code, stdout, stderr } = await home.run(get.slice(credsmith.length), { env });
  assert.equal(code, 3);
  assert.equal(stdout, "");
  assert.match(stderr, /keys\.age" has a passphrase, and nobody is there to be asked\n.*terminal/);
});

/** Seals by writing the file key beside, and gives it to whoever knows the PIN. */
const plugin = `#!/bin/sh
b64() { printf %s "$1" | base64 | tr -d =; }
case $1 in
*recipient-v1)
  while read -r _ command _; do
    case $command in wrap-file-key) read -r key ;; done) break ;; esac
  done
  read -r _
  printf '%s\\n' "-> recipient-stanza 0 pin" "$key"; read -r _; read -r _ ;;
*identity-v1)
  while read -r _ command _ type _; do
    case $command$type in recipient-stanzapin) read -r key ;; done) break ;; esac
  done
  read -r _
  printf '%s\\n' "-> msg" "$(b64 "the key wants a $(printf '\\033[31m')touch")"; read -r _; read -r _
  printf '%s\\n' "-> request-secret" "$(b64 'PIN, please')"; read -r _ ok; read -r given
  if [ "$ok" = fail ]; then
    printf '%s\\n' "-> error internal" "$(b64 'nobody knows the PIN')"; read -r _; read -r _
  elif [ "$given" = "$(b64 '${pin}')" ]; then
    printf '%s\\n' "-> file-key 0" "$key"; read -r _; read -r _
  else
    printf '%s\\n' "-> error internal" "$(b64 'wrong PIN')"; read -r _; read -r _
  fi ;;
esac
printf '%s\\n' "-> done" ""
`;

/** A home with a secrets file that only the plugin opens. */
async function withPlugin() {
  const home = await temporaryHome({ "plain.yaml": `key: ${value}\n` });
  await home.write("bin/age-plugin-pin", plugin, 0o700);
  const key = new Uint8Array(32);
  const env = {
    PATH: `${home.path}/bin:${home.env.PATH}`,
    SOPS_AGE_KEY: bech32.encodeFromBytes("AGE-PLUGIN-PIN-", key).toUpperCase(),
  };
  await encrypted(home, bech32.encodeFromBytes("age1pin", key), env);
  return { home, env };
}

const getKey = ["get", "key", "-f", "secrets.yaml"];

peerTest(
  ["script"],
  "a plugin's words and questions reach the person, and the answer it",
  async () => {
    const { home, env } = await withPlugin();
    await using _ = home;
    const turns = [["PIN, please", `${pin}\r`]] as const;
    const { code, shown } = await onTerminal(home, [...credsmith, ...getKey], turns, { env });
    assert.equal(code, 0, shown);
    assert.match(shown, /pin: the key wants a +\[31mtouch\n/);
    assert.ok(shown.endsWith(`${value}\n`), shown);
    assert.ok(!shown.includes(pin.trim()), shown);
    const wrong = await onTerminal(home, [...credsmith, ...getKey], [["PIN, please", "1\r"]], {
      env,
    });
    assert.equal(wrong.code, 3);
    assert.match(wrong.shown, /"age-plugin-pin" says:\s+wrong\s+PIN/);
  },
);

Deno.test("a plugin is told that nobody is there", async () => {
  const { home, env } = await withPlugin();
  await using _ = home;
  const { code, stderr } = await home.run(getKey, { env });
  assert.equal(code, 3);
  assert.match(stderr, /"age-plugin-pin" says: nobody knows the PIN/);
});

Deno.test("a plugin that is not there takes nothing from another identity", async () => {
  const { home, env } = await withPlugin();
  await using _ = home;
  const absent = bech32.encodeFromBytes("AGE-PLUGIN-ABSENT-", new Uint8Array(32)).toUpperCase();
  const script = plugin.replace("request-secret", "grease").replace("$given", `$(b64 '${pin}')`);
  await home.write("bin/age-plugin-pin", script, 0o700);
  const both = { ...env, SOPS_AGE_KEY: `${absent} ${env.SOPS_AGE_KEY}` };
  const { code, stdout, stderr } = await home.run(getKey, { env: both });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, value);
  const alone = await home.run(getKey, { env: { ...env, SOPS_AGE_KEY: absent } });
  assert.equal(alone.code, 3);
  assert.match(alone.stderr, /"age-plugin-absent" is not on PATH/);
});
