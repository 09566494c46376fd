/** The two AWS that rotations are killed against: the stand-in, and moto. */
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { ListAccessKeysCommand } from "@aws-sdk/client-iam";
import { type Killer, startKiller } from "../support/aws/killer.ts";
import { startMoto } from "../support/aws/moto.ts";
import { exampleKey, startStandin } from "../support/aws/standin.ts";
import type { Home } from "../support/home.ts";
import { homeFor, keysOf, text } from "./support.ts";
import type { Cloud } from "./stages.ts";

/** A home and an AWS of its own for one killing. */
export interface Scene extends AsyncDisposable {
  readonly home: Home;
  readonly cloud: Cloud;
  /** Stands before it; `cloud.env` goes past it. */
  readonly killer: Killer;
  /** The variables that lead to the killer. */
  readonly env: Readonly<Record<string, string>>;
}

export type NewScene = () => Promise<Scene>;

function through(killer: Killer, env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(env).map((name) => [name, killer.url]));
}

export async function standinScene(): Promise<Scene> {
  const standin = startStandin();
  const killer = startKiller(standin.url);
  const home = await homeFor();
  return {
    home,
    killer,
    env: through(killer, standin.env),
    cloud: {
      env: standin.env,
      oldId: exampleKey.id,
      keys: () =>
        Promise.resolve(
          keysOf(standin).map(({ id, secret, status }) => ({
            id,
            secret,
            active: status === "Active",
          })),
        ),
    },
    async [Symbol.asyncDispose]() {
      await killer[Symbol.asyncDispose]();
      await standin.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

/** One moto for all; each scene has a user of its own. */
export async function motoScenes(): Promise<AsyncDisposable & { newScene: NewScene }> {
  const moto = await startMoto();
  await moto.uncheckedRequests(Infinity);
  let count = 0;
  const client = new IAMClient({
    region: "us-east-1",
    endpoint: moto.url,
    credentials: { accessKeyId: "AKIAADMINADMINADMIN1", secretAccessKey: "admin" },
  });
  return {
    async newScene() {
      const user = `user-${++count}`;
      await client.send(new CreateUserCommand({ UserName: user }));
      const made = await client.send(new CreateAccessKeyCommand({ UserName: user }));
      const secrets = new Map([[made.AccessKey!.AccessKeyId!, made.AccessKey!.SecretAccessKey!]]);
      // What is made is seen on its way: moto tells a secret once, as AWS does.
      const note = (operation: string, body: string) => {
        if (operation !== "CreateAccessKey") return;
        const [, id] = body.match(/<AccessKeyId>(\w+)</) ?? [];
        const [, secret] = body.match(/<SecretAccessKey>([^<]+)</) ?? [];
        if (id && secret) secrets.set(id, secret);
      };
      const killer = startKiller(moto.url, note);
      const watcher = startKiller(moto.url, note);
      const oldId = made.AccessKey!.AccessKeyId!;
      const home = await homeFor(
        text.replace(exampleKey.id, oldId).replace(exampleKey.secret, secrets.get(oldId)!),
      );
      const names = { AWS_ENDPOINT_URL_STS: "", AWS_ENDPOINT_URL_IAM: "" };
      return {
        home,
        killer,
        env: through(killer, names),
        cloud: {
          env: through(watcher, names),
          oldId,
          async keys() {
            const { AccessKeyMetadata = [] } = await client.send(
              new ListAccessKeysCommand({ UserName: user }),
            );
            return AccessKeyMetadata.map(({ AccessKeyId = "", Status }) => ({
              id: AccessKeyId,
              secret: secrets.get(AccessKeyId) ?? "",
              active: Status === "Active",
            }));
          },
        },
        async [Symbol.asyncDispose]() {
          await killer[Symbol.asyncDispose]();
          await watcher[Symbol.asyncDispose]();
          await home[Symbol.asyncDispose]();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await moto[Symbol.asyncDispose]();
    },
  };
}
