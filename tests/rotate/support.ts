/** A secrets file with the stand-in's key in it, and rotations of it in a time of their own. */
import type { RotateFlags } from "../../src/cli/rotate/options.ts";
import { rotate, type Surroundings } from "../../src/cli/rotate/run.ts";
import { randomBytes } from "../../src/platform/random.ts";
import { exampleKey, type Standin } from "../support/aws/standin.ts";
import { type Home, type Result, temporaryHome } from "../support/home.ts";
import { inProcess } from "../support/in_process.ts";
import { decrypted, homeWithSecrets } from "../support/sops_file.ts";

export const file = "secrets/aws.yaml";

/** A profile with the stand-in's key, and others that have nothing to do with it. */
export const text = `aws_access_key_id: ${exampleKey.id}
aws_secret_access_key: ${exampleKey.secret}
aws_region: us-east-1
bedrock:
    model_id: us.anthropic.claude-opus-5
profiles:
    other:
        access_key_id: AKIAI44QH8DHBEXAMPLE
        secret_access_key: je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY
        region: eu-west-1
`;

export async function homeFor(plain = text): Promise<Home> {
  const home = await temporaryHome(await homeWithSecrets({ text: plain }));
  return home;
}

/** Time that passes only when somebody waits. */
export interface FakeTime extends Surroundings {
  /** Seconds that were waited for, all together. */
  readonly waited: number;
  pass(seconds: number): void;
}

/** @param onPass is told of every second that passes, to let it pass elsewhere too */
export function fakeTime(onPass: (seconds: number) => void | Promise<void>): FakeTime {
  let ahead = 0;
  let waited = 0;
  const pass = (seconds: number) => {
    ahead += seconds * 1000;
    return onPass(seconds);
  };
  return {
    get waited() {
      return waited;
    },
    now: () => Temporal.Now.instant().add({ milliseconds: Math.round(ahead) }),
    random: randomBytes,
    signedAhead: () => ahead,
    pass,
    async sleep(milliseconds) {
      waited += milliseconds / 1000;
      await pass(milliseconds / 1000);
    },
  };
}

const usual: RotateFlags = {
  json: false,
  continue: false,
  abort: false,
  status: false,
  dryRun: false,
  all: false,
  deployed: false,
  unused: false,
  uncommitted: false,
  wait: 0,
  revokeSessions: false,
  invoke: true,
  timeout: 5,
};

/** Runs `rotate` in this process, where the SDK is loaded once. */
export async function rotateIn(
  home: Pick<Home, "env" | "path">,
  env: Readonly<Record<string, string>>,
  time: Surroundings,
  flags: Partial<RotateFlags> = {},
  profile?: string,
): Promise<Result> {
  const all = { ...usual, ...flags };
  const { context, result } = inProcess(home, env);
  return await result(() => rotate(context, all, profile, time), all);
}

/** The file's plaintext. */
export async function plainOf(home: Home): Promise<string> {
  return await decrypted(await home.read(file));
}

/** The stand-in, in whose time a rotation runs. */
export function timeOf(standin: Standin): FakeTime {
  return fakeTime((seconds) => standin.set({ advance: seconds }));
}

/** Keys of a user on the stand-in. */
export function keysOf(standin: Standin, user = "claude-dev") {
  return [...standin.state.keys.values()].filter((key) => key.user === user);
}
