import { search } from "./search.ts";
import { has, type Stage } from "./stage.ts";

/** AWS's own example key, which the stand-in takes for a real one. */
export const key = {
  id: "AKIAIOSFODNN7EXAMPLE",
  secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
} as const;

/** A second key, whose secret was mistyped. */
const mistyped = {
  id: "AKIAI44QH8DHBEXAMPLE",
  secret: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
  typed: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEZ",
} as const;

/** What the story needs of the stand-in for AWS. */
export interface Cloud {
  set(settings: {
    readonly clockOffset?: number;
    readonly users?: readonly {
      name: string;
      keys?: readonly { id: string; secret: string }[];
    }[];
    readonly models?: readonly { id: string; granted?: boolean }[];
  }): void;
}

/** The life of a credential, as a user would type it. */
export async function tell(stage: Stage, cloud: Cloud): Promise<void> {
  cloud.set({ users: [{ name: "staging", keys: [{ id: mistyped.id, secret: mistyped.secret }] }] });
  await plaintext(stage);
  await encrypted(stage);
  await verified(stage, cloud);
  await loaded(stage);
  await claude(stage);
  await gone(stage);
  await searched(stage);
}

async function plaintext(stage: Stage): Promise<void> {
  stage.heading("A key lies in plaintext");
  stage.say(
    "Claude Code's own /setup-bedrock puts keys into its settings, where every program " +
      "that it starts can read them.",
  );
  const env = {
    CLAUDE_CODE_USE_BEDROCK: "1",
    AWS_REGION: "us-east-1",
    ANTHROPIC_MODEL: "us.anthropic.claude-opus-5",
    AWS_ACCESS_KEY_ID: key.id,
    AWS_SECRET_ACCESS_KEY: key.secret,
  };
  await stage.write(".claude/settings.json", `${JSON.stringify({ env }, null, 2)}\n`);
  const csv = `\ufeffAccess key ID,Secret access key\r\n${key.id},${key.secret}\r\n`;
  await stage.write("Downloads/claude-dev_accessKeys.csv", csv);
  await stage.type("cat ~/.claude/settings.json", { shows: /wJalr/ });
  await stage.type("ls ~/Downloads");
}

async function encrypted(stage: Stage): Promise<void> {
  stage.heading("It is encrypted into a file for git, and the plaintext goes");
  stage.say("On a terminal init asks three questions; here flags answer them.");
  if (has("git")) await stage.type("git init -q");
  await stage.type("credsmith init --from claude --yes --no-host-key --no-recovery", {
    shows: /works: user\/claude-dev, account 123456789012/,
  });
  await stage.type("cat ~/.claude/settings.json");
  await stage.type("cat .sops.yaml");
  await stage.type("head -n 3 secrets/aws.yaml | cut -c 1-72", { shows: /ENC\[AES256_GCM/ });
  if (has("sops")) {
    stage.say("It is an ordinary SOPS file: sops opens it too.");
    await stage.type(`sops decrypt --extract '["aws_access_key_id"]' secrets/aws.yaml; echo`, {
      shows: new RegExp(key.id),
    });
  } else {
    stage.say("(sops is not on this machine; it would open the file too)");
  }
  if (has("git")) await stage.type("git status --short");
}

async function verified(stage: Stage, cloud: Cloud): Promise<void> {
  stage.heading("The whole chain is verified, up to a model's answer");
  await stage.type("credsmith verify", { shows: /ok +answer[\s\S]*Ready/ });

  stage.heading("What goes wrong is named, with one remedy");
  stage.say("A second profile, with a secret that was mistyped:");
  await stage.type(
    `printf %s "$STAGING_ID" | credsmith set profiles/staging/access_key_id`,
  );
  await stage.type(
    `printf %s "$STAGING_SECRET" | credsmith set profiles/staging/secret_access_key`,
  );
  await stage.type("credsmith set profiles/staging/region eu-west-1");
  await stage.type("credsmith verify staging", { exit: 5, shows: /secret_wrong/ });
  stage.say("The same profile with the right secret:");
  stage.setEnv("STAGING_SECRET", mistyped.secret);
  await stage.type(
    `printf %s "$STAGING_SECRET" | credsmith set profiles/staging/secret_access_key`,
  );
  stage.say("This machine's clock is 7 minutes late:");
  cloud.set({ clockOffset: 7 * 60 + 12 });
  await stage.type("credsmith verify", { exit: 5, shows: /clock_skew/ });
  cloud.set({ clockOffset: 0 });
  stage.say("The account has no access to the model:");
  cloud.set({ models: [{ id: "anthropic.claude-opus-5", granted: false }] });
  await stage.type("credsmith verify", { exit: 6, shows: /model_not_granted/ });
  cloud.set({ models: [{ id: "anthropic.claude-opus-5", granted: true }] });
  stage.say("A model id that needs an inference profile:");
  await stage.type("credsmith set bedrock/model_id anthropic.claude-sonnet-4-6");
  await stage.type("credsmith verify", { exit: 6, shows: /inference_profile_needed/ });
  await stage.type("credsmith set bedrock/model_id us.anthropic.claude-sonnet-4-6");
}

async function loaded(stage: Stage): Promise<void> {
  stage.heading("Shells load it, from memory, and forget it again");
  if (Deno.build.os === "linux") {
    await stage.type("credsmith unlock --static");
    for (const shell of ["bash", "zsh", "fish"] as const) await loadedIn(shell, stage);
  } else {
    stage.say("There is no folder in memory on this system, so secret files are refused:");
    await stage.type("credsmith unlock", { exit: 8 });
  }
  const show = `sh -c 'echo "$AWS_ACCESS_KEY_ID in $AWS_REGION"'`;
  stage.say("One program has a session of it, which expires, and nothing else has:");
  await stage.type(`credsmith exec -- ${show}`, { shows: /^ASIA\w+ in/m });
  stage.say("The key itself, where it has to be:");
  await stage.type(`credsmith exec staging --static -- ${show}`, {
    shows: new RegExp(mistyped.id),
  });
}

async function loadedIn(shell: "bash" | "zsh" | "fish", stage: Stage): Promise<void> {
  if (!has(shell)) return stage.say(`(${shell} is not on this machine)`);
  const loader = `source $XDG_RUNTIME_DIR/credsmith/load-aws-bedrock.${shell}`;
  const show = 'echo "$AWS_ACCESS_KEY_ID in $AWS_REGION"';
  const gone = shell === "fish"
    ? 'set -q AWS_ACCESS_KEY_ID; or echo "nothing is left"'
    : 'echo "${AWS_ACCESS_KEY_ID-nothing is left}"';
  await stage.type("", {
    shell,
    lines: [loader, show, `${loader} staging`, show, `${loader} --unload`, gone],
    shows: new RegExp(`${key.id} in us-east-1[^]*${mistyped.id} in eu-west-1[^]*nothing is left`),
  });
}

async function claude(stage: Stage): Promise<void> {
  stage.heading("Claude Code uses another profile in this project");
  stage.say("The diff is shown, and a question asked that --yes answers here.");
  await stage.type("credsmith claude configure --local --profile staging --yes", {
    shows: /\+.*awsCredentialExport.*staging/,
  });
}

async function gone(stage: Stage): Promise<void> {
  stage.heading("It is locked, and a copy that somebody kept is destroyed");
  if (Deno.build.os === "linux") await stage.type("credsmith lock");
  await stage.type(`printf 'staging: %s\\n' "$STAGING_SECRET" > notes.txt`);
  await stage.type("credsmith shred notes.txt");
}

async function searched(stage: Stage): Promise<void> {
  stage.heading("The plaintext is nowhere");
  const values = [key.secret, mistyped.secret, mistyped.typed];
  const { files, bytes, finds } = await search(stage.root, values);
  stage.say(
    `Searched ${files} files (${bytes} bytes), the home and the runtime folder, for ` +
      `${values.length} secrets as they are, in base64 and in hexadecimal.`,
  );
  console.log(finds.length === 0 ? "Found: nowhere" : `Found: ${finds.length} times`);
  for (const { file, form } of finds) {
    stage.fault(`"${file.slice(stage.root.length)}" holds a secret, ${form}`);
  }
}

/** Values that are typed from the environment, so that no secret stands on a command line. */
export const typedValues = {
  STAGING_ID: mistyped.id,
  STAGING_SECRET: mistyped.typed,
} as const;
