import assert from "node:assert/strict";
import * as fc from "fast-check";
import { evalJson, nix, standIn, system } from "../support/nix.ts";
import { peerTest } from "../support/peers.ts";
import { loader, type Shell } from "../../src/loader/emit.ts";
import { parseManifest } from "../../src/loader/manifest.ts";

const root = new URL("../../", import.meta.url).pathname;
const library = `${root}modules/direnv/credsmith.sh`;

const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const keyId = "AKIAY34FZKBOKMUTVV7A";
const values: Readonly<Record<string, string>> = {
  aws_access_key_id: keyId,
  aws_secret_access_key: secret,
  aws_region: "us-east-1",
  aws_bedrock_model_id: "us.anthropic.claude-opus-5",
  // An id from before 2019, which holds no account.
  aws_work_access_key_id: "AKIAIOSFODNN7EXAMPLE",
  aws_work_secret_access_key: secret,
};
const line = "credsmith: default, 609629065308, us-east-1, us.anthropic.claude-opus-5\n";

function manifest(directory: string) {
  return parseManifest(new TextEncoder().encode(JSON.stringify({
    version: 1,
    directory,
    unset: ["AWS_PROFILE", "AWS_SESSION_TOKEN"],
    profiles: {
      default: {
        files: {
          AWS_ACCESS_KEY_ID: "aws_access_key_id",
          AWS_SECRET_ACCESS_KEY: "aws_secret_access_key",
          AWS_REGION: "aws_region",
          AWS_DEFAULT_REGION: "aws_region",
          ANTHROPIC_MODEL: "aws_bedrock_model_id",
        },
        constants: { CLAUDE_CODE_USE_BEDROCK: "1" },
      },
      work: {
        files: {
          AWS_ACCESS_KEY_ID: "aws_work_access_key_id",
          AWS_SECRET_ACCESS_KEY: "aws_work_secret_access_key",
        },
      },
    },
  })));
}

/** What `credsmith unlock` leaves in a runtime folder, at the least. */
interface Machine extends AsyncDisposable {
  readonly path: string;
  readonly runtime: string;
  readonly secrets: string;
  /** The loader that the shell finds. */
  readonly loader: string;
  /** Runs a bash script with this runtime folder. */
  bash(script: string, options?: BashOptions): Promise<Ended>;
}

interface BashOptions {
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly under?: readonly string[];
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function machine(shell: Shell = "bash"): Machine {
  const path = Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "credsmith-test-" });
  Deno.chmodSync(path, 0o755);
  const runtime = `${path}/runtime`;
  const secrets = `${runtime}/credsmith/secrets`;
  Deno.mkdirSync(`${runtime}/credsmith/secrets.d/1`, { recursive: true });
  Deno.symlinkSync("secrets.d/1", secrets);
  for (const [name, value] of Object.entries(values)) {
    Deno.writeTextFileSync(`${secrets}/${name}`, value);
  }
  const file = `${runtime}/credsmith/load-aws-bedrock.bash`;
  Deno.writeTextFileSync(file, loader(manifest(secrets), shell));
  let scripts = 0;
  return {
    path,
    runtime,
    secrets,
    loader: file,
    async bash(script, { options = ["--norc"], env = {}, uid, under = [] } = {}) {
      const name = `${path}/script-${scripts++}`;
      Deno.writeTextFileSync(name, script);
      const [program, ...args] = [...under, "bash", ...options, name];
      const { code, stdout, stderr } = await new Deno.Command(program!, {
        args,
        cwd: path,
        clearEnv: true,
        env: {
          PATH: Deno.env.get("PATH") ?? "",
          HOME: path,
          LC_ALL: "C.UTF-8",
          XDG_RUNTIME_DIR: runtime,
          ...env,
        },
        stdin: "null",
        ...(uid === undefined ? {} : { uid, gid: uid }),
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    },
    // deno-lint-ignore require-await
    async [Symbol.asyncDispose]() {
      Deno.removeSync(path, { recursive: true });
    },
  };
}

/** The hook as devshell.nix writes it. */
const hook = (words = "'' '' ''") =>
  `if \\builtin source ${library}; then __credsmith_enter ${words}; __credsmith_forget; fi`;

interface Case {
  readonly name: string;
  readonly words?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly shell?: Shell;
  readonly before?: (on: Machine) => void;
  /** Lines before the hook. */
  readonly script?: string;
  readonly says: string | ((on: Machine) => string);
  /** The profile that is loaded. */
  readonly loaded?: string;
}

const healthFile = (on: Machine) => `${on.path}/.local/state/credsmith/health.txt`;
function health(on: Machine, text: string): void {
  Deno.mkdirSync(healthFile(on).replace(/\/[^/]*$/, ""), { recursive: true });
  Deno.writeTextFileSync(healthFile(on), text);
}

const cases: readonly Case[] = [
  { name: "unlocked", says: line, loaded: "default" },
  { name: "unlocked, by the loader for sh", shell: "sh", says: line, loaded: "default" },
  { name: "unlocked and quiet", words: "1 '' ''", says: "", loaded: "default" },
  {
    name: "a profile whose key is older than accounts in keys",
    words: "'' work ''",
    says: "credsmith: work\n",
    loaded: "work",
  },
  {
    name: "an account that only the health check knows",
    words: "'' work ''",
    before: (on) =>
      health(on, "default\tok\t1\tx\nwork\tnote\t123456789012\trotate by 2026-12-01\n"),
    says: "credsmith: work, 123456789012, rotate by 2026-12-01\n",
    loaded: "work",
  },
  {
    name: "a key that failed when it was last checked",
    before: (on) => health(on, "default\tfailed\t\trotation overdue since 2026-11-01\n"),
    says: `${line.trimEnd()}, rotation overdue since 2026-11-01, ` +
      "failed when last checked: credsmith verify\n",
    loaded: "default",
  },
  {
    name: "a health check with nothing to say",
    before: (on) => health(on, "default\tok\t\t\n"),
    says: line,
    loaded: "default",
  },
  {
    name: "a health file with control characters and without line breaks",
    before: (on) => health(on, `default\tok\t\t\x1b]0;owned\x07${"x".repeat(500)}`),
    says: `${line.trimEnd()}, ]0;owned${"x".repeat(500)}`.slice(0, 11 + 397) + "...\n",
    loaded: "default",
  },
  {
    name: "a health file that is no file",
    before: (on) => Deno.mkdirSync(healthFile(on), { recursive: true }),
    says: line,
    loaded: "default",
  },
  {
    name: "other words for the loader in the environment",
    shell: "sh",
    env: { CREDSMITH_LOAD: "work" },
    says: line,
    loaded: "default",
  },
  {
    name: "locked",
    before: (on) => Deno.removeSync(`${on.runtime}/credsmith`, { recursive: true }),
    says: "credsmith: nothing loaded: nothing is unlocked here: credsmith unlock\n",
  },
  {
    name: "locked, with the project's secrets file",
    words: "'' '' secrets/aws.yaml",
    before: (on) => Deno.removeSync(`${on.runtime}/credsmith`, { recursive: true }),
    says:
      "credsmith: nothing loaded: nothing is unlocked here: credsmith unlock -f secrets/aws.yaml\n",
  },
  {
    name: "locked, and quiet about what is loaded only",
    words: "1 '' ''",
    before: (on) => Deno.removeSync(`${on.runtime}/credsmith`, { recursive: true }),
    says: "credsmith: nothing loaded: nothing is unlocked here: credsmith unlock\n",
  },
  {
    name: "locked, in a shell that has loaded by another loader",
    before: (on) => Deno.removeSync(`${on.runtime}/credsmith`, { recursive: true }),
    env: { CREDSMITH_LOADED: "default", AWS_ACCESS_KEY_ID: keyId, AWS_REGION: "eu-west-1" },
    says: "credsmith: default, 609629065308, eu-west-1\n",
    loaded: "default",
  },
  {
    name: "no runtime folder, no home",
    env: { XDG_RUNTIME_DIR: "", HOME: "" },
    says: "credsmith: nothing loaded: nothing is unlocked here: credsmith unlock\n",
  },
  {
    name: "the secret files gone",
    before: (on) => Deno.removeSync(on.secrets),
    says: (on) =>
      `credsmith: nothing loaded: "${on.secrets}/aws_access_key_id" is not there: credsmith unlock\n`,
  },
  {
    name: "one secret file empty",
    before: (on) => Deno.writeTextFileSync(`${on.secrets}/aws_region`, ""),
    says: (on) =>
      `credsmith: nothing loaded: "${on.secrets}/aws_region" is empty: credsmith unlock\n`,
  },
  {
    name: "one secret file with a NUL byte",
    before: (on) => Deno.writeTextFileSync(`${on.secrets}/aws_region`, "a\0b"),
    says: (on) => `credsmith: nothing loaded: source "${on.loader}" says why\n`,
  },
  {
    name: "a profile that the loader does not have",
    words: "'' prod ''",
    says: (on) =>
      `credsmith: nothing loaded: no profile "prod" in "${on.loader}", which has: default work\n`,
  },
  ...[
    ["half a loader", (text: string) => text.slice(0, 900)],
    ["an empty loader", () => ""],
    ["a loader of one line", () => "exit 7"],
    ["another script", () => `${"echo x\n".repeat(20)}exit 7\n`],
    ["binary rubbish", () => "\x7fELF\0\0\x01\n\n\n\0\0".repeat(20)],
    ["a loader that ends in the middle of a word", (text: string) => text.slice(0, -5)],
  ].map(([name, change]): Case => ({
    name: name as string,
    before: (on) =>
      Deno.writeTextFileSync(
        on.loader,
        (change as (text: string) => string)(Deno.readTextFileSync(on.loader)),
      ),
    says: (on) =>
      `credsmith: nothing loaded: "${on.loader}" is no whole loader: credsmith unlock\n`,
  })),
  {
    name: "a loader that is a folder",
    before(on) {
      Deno.removeSync(on.loader);
      Deno.mkdirSync(on.loader);
    },
    says: "credsmith: nothing loaded: nothing is unlocked here: credsmith unlock\n",
  },
  {
    name: "credentials that end",
    script:
      "AWS_CREDENTIAL_EXPIRATION=2999-01-02T03:04:05Z CREDSMITH_LOADED=ci AWS_ACCESS_KEY_ID=x; rm -r $XDG_RUNTIME_DIR/*",
    says: "credsmith: ci, until 2999-01-02T03:04:05 UTC\n",
    loaded: "ci",
  },
  {
    name: "credentials that have ended",
    script:
      "AWS_CREDENTIAL_EXPIRATION=2001-01-02T03:04:05+00:00 CREDSMITH_LOADED=ci; rm -r $XDG_RUNTIME_DIR/*",
    says: "credsmith: ci, expired 2001-01-02T03:04:05 UTC\n",
    loaded: "ci",
  },
];

for (const { name, words, env, uid, shell, before, script = "", says, loaded = "" } of cases) {
  peerTest(["bash", "linux"], `devShell hook, ${name}`, async () => {
    await using on = machine(shell);
    before?.(on);
    const text = `${script}\n${hook(words)}\necho "$? \${CREDSMITH_LOADED-}"`;
    const { code, stdout, stderr } = await on.bash(text, { env, uid });
    assert.equal(stderr, typeof says === "string" ? says : says(on));
    assert.equal(stdout, `0 ${loaded}\n`);
    assert.equal(code, 0);
  });
}

peerTest(
  ["bash", "root", "linux"],
  "devShell hook, secret files of a group that one has just joined",
  async () => {
    await using on = machine();
    for (const name of Object.keys(values)) Deno.chmodSync(`${on.secrets}/${name}`, 0o440);
    const { stdout, stderr } = await on.bash(`${hook()}\necho "$? \${CREDSMITH_LOADED-}"`, {
      uid: 65534,
    });
    assert.equal(
      stderr,
      `credsmith: nothing loaded: you may not read "${on.secrets}/aws_access_key_id": ` +
        "log in again if you joined its group just now\n",
    );
    assert.equal(stdout, "0 \n");
  },
);

peerTest(["bash", "root", "linux"], "devShell hook, a loader that one may not read", async () => {
  await using on = machine();
  Deno.chmodSync(on.loader, 0o400);
  const { stderr } = await on.bash(hook(), { uid: 65534 });
  assert.equal(stderr, `credsmith: nothing loaded: you may not read "${on.loader}"\n`);
});

peerTest(
  ["bash", "root", "linux"],
  "devShell hook, a folder in /dev/shm that another user has made",
  async () => {
    await using on = machine();
    const uid = 64321;
    const folder = `/dev/shm/credsmith-${uid}`;
    Deno.chownSync(on.loader, uid, uid);
    const load = () =>
      on.bash(`${hook()}\necho "\${CREDSMITH_LOADED-}"`, { uid, env: { XDG_RUNTIME_DIR: "" } });
    Deno.mkdirSync(folder);
    try {
      // What it leads to is one's own for now, as a look at its owner would find.
      Deno.symlinkSync(on.loader, `${folder}/load-aws-bedrock.bash`);
      const { stdout, stderr } = await load();
      assert.equal(
        stderr,
        "credsmith: nothing loaded: nothing is unlocked here: credsmith unlock\n",
      );
      assert.equal(stdout, "\n");
      Deno.chownSync(folder, uid, uid);
      assert.equal((await load()).stdout, "default\n");
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

/** A loader at a place of the system's, in a mount namespace of its own. */
async function installed(on: Machine, place: string, script: string): Promise<Ended> {
  const folder = place.replace(/\/[^/]*$/, "");
  Deno.renameSync(on.loader, `${on.path}/loader`);
  const mount = folder === "/etc"
    ? `mkdir ${on.path}/etc; cp /etc/passwd /etc/group ${on.path}/etc; cp ${on.path}/loader ${on.path}${place}; mount --bind ${on.path}/etc /etc`
    : `mkdir -p ${folder}; cp ${on.path}/loader ${place}`;
  return await on.bash(script, {
    under: ["unshare", "-Urm", "sh", "-c", `${mount}; exec "$@"`, "sh"],
  });
}

peerTest(
  ["bash", "linux", "root"],
  "devShell hook finds the loader of NixOS, and what renews it",
  async () => {
    await using on = machine();
    const script = `${hook()}\nrm ${on.secrets}\n${hook()}`;
    const { stderr } = await installed(on, "/etc/load-aws-bedrock.sh", script);
    assert.equal(
      stderr,
      `${line}credsmith: nothing loaded: "${on.secrets}/aws_access_key_id" is not there: ` +
        "sudo nixos-rebuild switch\n",
    );
  },
);

peerTest(
  ["bash", "linux", "root"],
  "devShell hook finds the loader of home-manager, and what renews it",
  async () => {
    await using on = machine();
    const script = `${hook()}\nrm ${on.secrets}\n${hook()}`;
    const place = `${on.path}/.config/credsmith/load-aws-bedrock.sh`;
    const { stderr } = await installed(on, place, script);
    assert.equal(
      stderr,
      `${line}credsmith: nothing loaded: "${on.secrets}/aws_access_key_id" is not there: ` +
        "systemctl --user restart sops-nix\n",
    );
  },
);

peerTest(
  ["bash", "linux"],
  "devShell hook takes the next loader when the first one is locked",
  async () => {
    await using on = machine();
    const other = `${on.path}/other.bash`;
    Deno.writeTextFileSync(other, loader(manifest(`${on.path}/nothing`), "bash"));
    const { stderr } = await on.bash(hook(`'' '' '' ${other} ${on.path}/none ${on.loader}`));
    assert.equal(stderr, line);
  },
);

/** Shells that a hook could trip over. */
const callers: readonly (readonly [name: string, before: string, options?: readonly string[]])[] = [
  ["a plain one", ""],
  ["set -eu -o pipefail", "set -eu -o pipefail"],
  ["bash --posix", "", ["--posix"]],
  ["bash --posix with set -eu", "set -eu", ["--posix"]],
  ["noclobber, noglob, allexport", "set -C -f -a"],
  ["failglob, nullglob, nocasematch, extglob", "shopt -s failglob nullglob nocasematch extglob"],
  ["compatibility with bash 4.2", "BASH_COMPAT=42"],
  [
    "inherit_errexit and traps",
    "shopt -s inherit_errexit extdebug; set -E; trap 'echo ERR >&2' ERR",
  ],
  ["a strange IFS", "IFS='a/_ '"],
  [
    "aliases on its words",
    "shopt -s expand_aliases; for w in local set source printf mapfile unset return break shift export; do alias $w=false; done",
    ["--norc"],
  ],
  [
    "functions named as builtins",
    'for w in local set continue break source printf mapfile unset export declare read; do eval "$w() { echo HIJACKED; }"; done',
  ],
  ["its own names taken", "__credsmith_loader=x profile=y quiet=z line=1 IFS=:"],
  ["standard input, output closed", "exec <&- >&-"],
  ["interactive", "", ["--norc", "-i"]],
];

for (const [name, before, options] of callers) {
  for (const state of ["unlocked", "locked", "cut off"] as const) {
    peerTest(["bash", "linux"], `devShell hook leaves ${name} as it was, ${state}`, async () => {
      await using on = machine();
      if (state === "locked") Deno.removeSync(on.secrets);
      if (state === "cut off") Deno.truncateSync(on.loader, 1000);
      const look = (file: string) =>
        [
          `{ \\command set +o; \\command shopt -p; \\builtin declare -F; \\builtin trap -p; \\builtin alias; } >${on.path}/${file}`,
          `\\builtin compgen -v | \\command sort >${on.path}/${file}.names`,
        ].join("\n");
      const script = `${before}\n${look("before")}\n${hook()}\n${look("after")}\n` +
        `\\builtin printf 'end %s' "\${CREDSMITH_LOADED-}" >${on.path}/end`;
      const { stderr } = await on.bash(script, options ? { options } : {});
      const read = (file: string) => Deno.readTextFileSync(`${on.path}/${file}`);
      assert.equal(read("end"), state === "unlocked" ? "end default" : "end ");
      assert.equal(read("after"), read("before"));
      const names = (file: string) => new Set(read(`${file}.names`).trim().split("\n"));
      const added = [...names("after").difference(names("before"))]
        .filter((each) => !/^(_|BASH_|PIPESTATUS|FUNCNAME|COLUMNS|LINES)/.test(each)).sort();
      assert.deepEqual(
        added,
        state !== "unlocked" ? [] : [
          "ANTHROPIC_MODEL",
          "AWS_ACCESS_KEY_ID",
          "AWS_DEFAULT_REGION",
          "AWS_REGION",
          "AWS_SECRET_ACCESS_KEY",
          "CLAUDE_CODE_USE_BEDROCK",
          "CREDSMITH_LOADED",
          "CREDSMITH_NAMES",
        ],
      );
      assert.equal(stderr.match(/^credsmith: .*$/gm)?.length, 1, stderr);
      assert.doesNotMatch(stderr, /HIJACKED|ERR\b/);
    });
  }
}

peerTest(["bash", "linux"], "devShell hook prints no secret under set -xv", async () => {
  await using on = machine();
  const { stderr } = await on.bash(`set -xv\n${hook()}\ntrue after`);
  assert.match(stderr, /^\+ true after$/m);
  assert.match(stderr, /^credsmith: default/m);
  for (const value of [secret, "us.anthropic.claude-opus-5'"]) assert.ok(!stderr.includes(value));
});

peerTest(
  ["bash", "strace", "linux"],
  "devShell hook starts no process, whatever it meets",
  async () => {
    await using on = machine();
    const trace = `${on.path}/trace`;
    const under = ["strace", "-f", "-qq", "-o", trace, "-e", "trace=process"];
    const other = `${on.path}/cut`;
    Deno.writeTextFileSync(other, "no loader\n");
    await on.bash(
      `${hook()}\n${hook("'' prod ''")}\n${hook(`'' '' '' ${other}`)}\n${
        hook(`'' '' '' /nothing`)
      }`,
      { under },
    );
    const calls = Deno.readTextFileSync(trace).split("\n");
    assert.deepEqual(calls.filter((call) => /\b(v?fork|clone3?)\(/.test(call)), []);
    assert.equal(calls.filter((call) => call.includes("execve(")).length, 1);
  },
);

/** The account in an access key's id, from the papers: base32, bit 20 one, 40 bits of number. */
function account(id: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const letters = [...id.slice(4)].map((letter) => alphabet.indexOf(letter));
  if (!/^A[KS]IA/.test(id) || id.length < 16 || letters.includes(-1)) return "";
  const bits = letters.map((each) => each.toString(2).padStart(5, "0")).join("");
  const number = BigInt(`0b${bits.slice(1, 41)}`).toString().padStart(12, "0");
  return bits.startsWith("1") && number.length === 12 ? number : "";
}

peerTest(
  ["bash"],
  "devShell hook: the account in a key's id is what the reference says",
  async () => {
    const alphabet = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"];
    const key = fc.tuple(
      fc.constantFrom("AKIA", "ASIA"),
      fc.array(fc.constantFrom(...alphabet), { minLength: 16, maxLength: 16 }),
    ).map(([prefix, letters]) => prefix + letters.join(""));
    const published = {
      ASIAY34FZKBOKMUTVV7A: "609629065308",
      ASIAVJ2E6QGR2WZILJFM: "364679954851",
      AKIASP2TPHJSQH3FJXYZ: "171436882533",
      ASIAQAAAAAAAGMKEM7X5: "000000000000",
      // Older, and cut off, and of other services and programs.
      AKIAIOSFODNN7EXAMPLE: "",
      AKIAJ2E6QGR: "",
      LKIAQAAAAAAAAAAAAAAA: "",
      AKIAQAAAA0AAAAAAAAAA: "",
      "": "",
    };
    const ids = [
      ...Object.keys(published),
      ...fc.sample(key, { numRuns: 2000, seed: 4 }),
      ...alphabet.map((letter) => `AKIA${letter}7777777777777777`),
    ];
    const expected = [...Object.values(published), ...ids.slice(9).map(account)];
    await using on = machine();
    Deno.writeTextFileSync(`${on.path}/ids`, ids.map((id) => `${id}\n`).join(""));
    const { stdout } = await on.bash(
      `source ${library}; while IFS= read -r id; do account=''; __credsmith_account "$id"; echo "$account"; done <ids`,
    );
    assert.deepEqual(stdout.split("\n").slice(0, -1), expected);
    assert.deepEqual(Object.keys(published).map(account), Object.values(published));
  },
);

/** A project with an .envrc, direnv's library of credsmith beside it, and a bash that goes there. */
async function withDirenv(on: Machine, envrc: string, script: string): Promise<Ended> {
  const config = `${on.path}/.config/direnv/lib`;
  Deno.mkdirSync(config, { recursive: true });
  Deno.copyFileSync(library, `${config}/credsmith.sh`);
  Deno.mkdirSync(`${on.path}/project`);
  Deno.writeTextFileSync(`${on.path}/project/.envrc`, envrc);
  // What the shell's hook does before each prompt.
  const prompt = 'prompt() { eval "$(direnv export bash)"; }';
  return await on.bash(`${prompt}\ndirenv allow project\n${script}`, {
    env: { DIRENV_LOG_FORMAT: "", AWS_PROFILE: "mine", AWS_REGION: "eu-central-1" },
  });
}

const direnvPeers = ["bash", "direnv", "linux"] as const;
const environment =
  "env -0 | sort -z | tr '\\0' '\\n' | grep -v '^\\(_\\|PWD\\|OLDPWD\\|SHLVL\\)='";

peerTest(
  direnvPeers,
  "use credsmith loads on entry and leaves the environment as it was",
  async () => {
    await using on = machine();
    const { stdout, stderr } = await withDirenv(
      on,
      "set -eu\nuse credsmith\nexport MINE=1\n",
      `${environment} >before; cd project; prompt
     echo "$CREDSMITH_LOADED $AWS_ACCESS_KEY_ID $AWS_REGION \${AWS_PROFILE-none} $MINE"
     cd ..; prompt
     ${environment} >after; diff before after && echo same`,
    );
    assert.equal(stdout, `default ${keyId} us-east-1 none 1\nsame\n`);
    assert.equal(stderr, line);
  },
);

peerTest(
  direnvPeers,
  "use credsmith loads again when secrets change, or are unlocked",
  async () => {
    await using on = machine();
    const { stdout, stderr } = await withDirenv(
      on,
      "use credsmith work --quiet\n",
      `cd project; prompt; echo "1 $AWS_ACCESS_KEY_ID"
     prompt; echo "2 $AWS_ACCESS_KEY_ID"
     d=$XDG_RUNTIME_DIR/credsmith; cp -r $d/secrets.d/1 $d/secrets.d/2
     printf AKIANEW >$d/secrets/../2/aws_work_access_key_id
     touch -hd '1 hour' $d/secrets.d/2; ln -sfn secrets.d/2 $d/secrets; touch -hd '1 hour' $d/secrets
     prompt; echo "3 $AWS_ACCESS_KEY_ID"
     mv $d $d.away; prompt; echo "4 \${AWS_ACCESS_KEY_ID-none} $AWS_PROFILE"
     mv $d.away $d; prompt; echo "5 $AWS_ACCESS_KEY_ID"`,
    );
    assert.equal(
      stdout,
      "1 AKIAIOSFODNN7EXAMPLE\n2 AKIAIOSFODNN7EXAMPLE\n3 AKIANEW\n4 none mine\n5 AKIANEW\n",
    );
    assert.equal(
      stderr,
      "credsmith: nothing loaded: nothing is unlocked here: credsmith unlock\n",
    );
  },
);

peerTest(direnvPeers, "use credsmith starts one program, direnv's own", async () => {
  await using on = machine();
  const { stderr } = await withDirenv(
    on,
    "PS4='+TRACE '\nset -x\nuse credsmith\nset +x\n",
    "cd project; prompt",
  );
  assert.equal(stderr.split("\n").filter((each) => each.startsWith("credsmith: ")).length, 1);
  assert.ok(!stderr.includes(secret));
  // Counted where nothing traces.
  const trace = `${on.path}/trace`;
  const count = async (envrc: string) => {
    Deno.writeTextFileSync(`${on.path}/project/.envrc`, envrc);
    await on.bash("direnv allow project; cd project; direnv export json", {
      under: ["strace", "-f", "-qq", "-o", trace, "-e", "trace=execve"],
    });
    return Deno.readTextFileSync(trace).split("\n").filter((call) => /\bexecve\b.* = 0$/.test(call))
      .length;
  };
  assert.equal(
    await count("use credsmith\n") - await count("use_nothing() { :; }; use nothing\n"),
    1,
  );
});

peerTest(
  ["nix", "bash", "linux"],
  "devShellHook writes the hook that its arguments ask for",
  async () => {
    const { hooks, refused } = await evalJson<
      { hooks: Record<string, string>; refused: boolean[] }
    >("tests/nix/devshell.nix");
    assert.deepEqual(refused, refused.map(() => true));
    await using on = machine();
    Deno.copyFileSync(on.loader, `${on.runtime}/o'clock $(touch made)`);
    const said = async (hook: string, before = "") =>
      (await on.bash(`${before}\nset -eu\neval "$hook"\necho "\${CREDSMITH_LOADED-}"`, {
        env: { hook },
      })).stderr;
    const locked = "credsmith: nothing loaded: nothing is unlocked here: credsmith unlock";
    const lock = "XDG_RUNTIME_DIR=/nothing";
    assert.equal(await said(hooks.plain!), line);
    assert.equal(await said(hooks.plain!, lock), `${locked}\n`);
    assert.equal(await said(hooks.profile!), "");
    assert.equal(await said(hooks.file!, lock), `${locked} -f it\\'s/aws.yaml\n`);
    assert.equal(await said(hooks.path!, lock), `${locked} -f /srv/project/secrets/aws.yaml\n`);
    assert.equal(await said(hooks.stored!, lock), `${locked} -f secrets/aws.yaml\n`);
    assert.equal(await said(hooks.loaders!), line);
    // direnv has the library for whatever comes after in .envrc, and keeps it.
    const { stdout } = await on.bash(
      `source ${library}; eval "$hook"; declare -F use_credsmith`,
      { env: { hook: hooks.plain! } },
    );
    assert.equal(stdout, "use_credsmith\n");
    // Where the library is gone, there is nothing to say and nothing to fail.
    assert.equal(await said(hooks.plain!.replaceAll("-credsmith.sh", "-gone.sh")), "");
  },
);

peerTest(
  ["nix", "bash", "linux"],
  "nix develop, with and without a command, and direnv's way",
  async () => {
    await using on = machine();
    const project = `${on.path}/project`;
    Deno.mkdirSync(`${project}/modules/direnv`, { recursive: true });
    for (const file of ["devshell.nix", "direnv/credsmith.sh"]) {
      Deno.copyFileSync(`${root}modules/${file}`, `${project}/modules/${file}`);
    }
    Deno.writeTextFileSync(
      `${project}/flake.nix`,
      `{
    inputs.nixpkgs.url = "nixpkgs";
    outputs = { nixpkgs, ... }: {
      devShells.${system}.default = nixpkgs.legacyPackages.${system}.mkShell {
        MINE = "1";
        outputs = [ "out" ];
        shellHook = import ./modules/devshell.nix { };
      };
    };
  }`,
    );
    const options = { cwd: project, env: { XDG_RUNTIME_DIR: on.runtime } };
    const flake = [`path:${project}`, ...await standIn()];
    const show = 'echo "$CREDSMITH_LOADED $AWS_ACCESS_KEY_ID $MINE"';
    const command = await nix(["develop", ...flake, "-c", "sh", "-euc", show], options);
    assert.equal(command.stdout, `default ${keyId} 1\n`, command.stderr);
    assert.ok(command.stderr.endsWith(line), command.stderr);

    const environment = await nix(["print-dev-env", ...flake], options);
    const { stdout, stderr } = await on.bash(
      `cd project\n${environment.stdout}\n${show}\ndeclare -F | grep -c credsmith; exit`,
    );
    assert.match(stdout, new RegExp(`^default ${keyId} 1\\n`), environment.stderr);
    assert.match(stdout, /\n0\n$/);
    assert.equal(stderr, line);
  },
);

peerTest(["shellcheck"], "shellcheck has nothing to say about the library", async () => {
  const { code, stdout } = await new Deno.Command("shellcheck", { args: [library] }).output();
  assert.equal(code, 0, new TextDecoder().decode(stdout));
});
