import { Secret } from "../sops/secret.ts";
import type { Credentials } from "./clients.ts";
import { type AwsConfig, awsProfile } from "./config_file.ts";
import { type AmbientKind, type AmbientWay, NoAmbientError } from "./errors.ts";

export type { AmbientKind, AmbientWay };

/** What the SDK's providers give. */
interface AwsCredentialIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Credentials of the machine, and which way they came. */
export interface Ambient {
  readonly way: AmbientWay;
  readonly credentials: Credentials;
  readonly expires?: Temporal.Instant;
}

/** The kinds in the order of the AWS SDKs, without keys in the environment, files and processes. */
const ambientOrder: readonly AmbientKind[] = [
  "web-identity",
  "sso",
  "login",
  "pod-identity",
  "container",
  "instance",
];

/** Milliseconds for each kind; what answers on this machine or link needs less. */
const ambientLimits: Readonly<Record<AmbientKind, number>> = {
  "web-identity": 10_000,
  sso: 10_000,
  login: 10_000,
  "pod-identity": 3000,
  container: 3000,
  instance: 2000,
};

export interface AmbientSurroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly config?: AwsConfig;
}

export interface AmbientOptions extends AmbientSurroundings {
  readonly region: string;
  /** What has ended by then is refused; everything is taken unless given. */
  readonly now?: () => Temporal.Instant;
  readonly limits?: Readonly<Record<AmbientKind, number>>;
  /** `HTTPS_PROXY` and the like, for what is asked on the internet. */
  readonly proxy?: Readonly<Record<string, string>>;
}

/** The address of EKS's agent, in both of its forms. */
const podIdentityHosts = ["169.254.170.23", "[fd00:ec2::23]"];

/**
 * Which ways there are, in their order; pure. An instance is the only one that nothing announces:
 * it is there unless it is switched off.
 *
 * Never among them: keys in the environment or in files, and `credential_process`, which could be
 * ourselves.
 */
export function ambientWays({ env, config }: AmbientSurroundings): readonly AmbientWay[] {
  return ambientOrder.map((kind) => wayOf(kind, env, config));
}

function wayOf(
  kind: AmbientKind,
  env: AmbientSurroundings["env"],
  config: AwsConfig | undefined,
): AmbientWay {
  const named = env.AWS_PROFILE || "default";
  const profile = awsProfile(config, named);
  const by = (name: string) => {
    const { file, line } = profile.get(name)!;
    return `${file}:${line}`;
  };
  switch (kind) {
    case "web-identity": {
      const there = env.AWS_WEB_IDENTITY_TOKEN_FILE && env.AWS_ROLE_ARN;
      return there ? { kind, by: "AWS_WEB_IDENTITY_TOKEN_FILE", to: env.AWS_ROLE_ARN! } : { kind };
    }
    case "sso": {
      const [account, role] = [profile.get("sso_account_id"), profile.get("sso_role_name")];
      if (!account || !role) return { kind };
      return { kind, by: by("sso_account_id"), to: `${role.value}, ${account.value}` };
    }
    case "login": {
      const session = profile.get("login_session");
      return session ? { kind, by: by("login_session"), to: session.value } : { kind };
    }
    case "pod-identity":
    case "container": {
      const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative } = env;
      const full = env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
      const pod = !relative && full !== undefined && podIdentityHosts.includes(hostOf(full));
      if (pod !== (kind === "pod-identity")) return { kind };
      if (relative) {
        const to = `http://169.254.170.2${relative}`;
        return { kind, by: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", to };
      }
      return full ? { kind, by: "AWS_CONTAINER_CREDENTIALS_FULL_URI", to: full } : { kind };
    }
    case "instance": {
      if (/^true$/i.test(env.AWS_EC2_METADATA_DISABLED ?? "")) return { kind };
      const to = env.AWS_EC2_METADATA_SERVICE_ENDPOINT || "http://169.254.169.254";
      return { kind, by: "nothing else", to };
    }
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}

/**
 * The credentials that this machine has, by the first way that there is. A way that is there and
 * fails ends the search: what came next would be somebody else.
 *
 * @throws {NoAmbientError}
 */
export async function ambient(options: AmbientOptions): Promise<Ambient> {
  const ways = ambientWays(options);
  const way = ways.find(({ by }) => by !== undefined);
  if (way === undefined) throw new NoAmbientError(undefined, "absent", "");
  const limit = (options.limits ?? ambientLimits)[way.kind];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = () =>
      reject(new NoAmbientError(way, "late", `no answer within ${limit / 1000} s`));
    timer = setTimeout(fail, limit);
  });
  try {
    const identity = await Promise.race([ask(way, options, limit), late]);
    const found = { way, ...credentialsOf(identity, way) };
    const { expires } = found;
    if (expires && options.now && Temporal.Instant.compare(expires, options.now()) <= 0) {
      const end = expires.toString({ smallestUnit: "second" });
      throw new NoAmbientError(way, "failed", `it gives credentials that ended at ${end}`);
    }
    return found;
  } catch (error) {
    if (error instanceof NoAmbientError) throw error;
    const { message = "", Message: said } = error as Error & { Message?: unknown };
    // An instance is only supposed; that nothing answers there means that there is none.
    const absent = way.kind === "instance" && /connect|timeout|v1 fallback/i.test(message);
    throw new NoAmbientError(
      way,
      absent ? "absent" : "failed",
      firstLine(withoutContent(typeof said === "string" ? `${message}: ${said}` : message)),
    );
  } finally {
    clearTimeout(timer);
  }
}

function credentialsOf(
  { accessKeyId, secretAccessKey, sessionToken, expiration }: AwsCredentialIdentity,
  way: AmbientWay,
): Omit<Ambient, "way"> {
  // An empty token is none.
  const isWord = (value: string | undefined) => /^[\x21-\x7e]+$/.test(value ?? "");
  if (![accessKeyId, secretAccessKey, sessionToken || "-"].every(isWord)) {
    throw new NoAmbientError(way, "failed", "the answer has no credentials");
  }
  return {
    credentials: {
      accessKeyId,
      secretAccessKey: new Secret(secretAccessKey),
      ...(sessionToken ? { sessionToken: new Secret(sessionToken) } : {}),
    },
    ...(expiration
      ? { expires: Temporal.Instant.fromEpochMilliseconds(expiration.getTime()) }
      : {}),
  };
}

/** An engine's words about JSON quote it, and with it what is secret in there. */
function withoutContent(text: string): string {
  return text.replace(
    /(?:Unexpected|Expected|Bad|Unterminated|Exponent|No number|Cannot read) .*/s,
    (said) =>
      /\bJSON\b|^Cannot read prop/.test(said) ? "the answer is not what it should be" : said,
  );
}

/** What a service says is told whole by `verify --json` only as far as it fits one line. */
function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length > 200 ? `${line.slice(0, 197)}...` : line;
}

/** The SDK's warnings have no place on our standard error. */
const logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Each piece of the SDK is loaded when it is asked. */
async function ask(
  way: AmbientWay,
  { env, region, proxy }: AmbientOptions,
  limit: number,
): Promise<AwsCredentialIdentity> {
  const providers = await import("@aws-sdk/credential-providers");
  switch (way.kind) {
    case "web-identity":
      return await providers.fromTokenFile({
        logger,
        webIdentityTokenFile: env.AWS_WEB_IDENTITY_TOKEN_FILE!,
        roleArn: env.AWS_ROLE_ARN!,
        ...(env.AWS_ROLE_SESSION_NAME ? { roleSessionName: env.AWS_ROLE_SESSION_NAME } : {}),
        clientConfig: { region, maxAttempts: 2, requestHandler: await handler(limit, proxy) },
      })();
    case "sso":
      return await providers.fromSSO({
        logger,
        profile: env.AWS_PROFILE || "default",
        // Its region is its own; a token that is renewed is good for once.
        clientConfig: { maxAttempts: 1, requestHandler: await handler(limit, proxy) },
      })();
    case "login":
      return await providers.fromLoginCredentials({
        logger,
        profile: env.AWS_PROFILE || "default",
        clientConfig: { region, maxAttempts: 1, requestHandler: await handler(limit, proxy) },
      })();
    case "pod-identity":
    case "container":
      return await providers.fromHttp({
        logger,
        maxRetries: 0,
        // It only warns when that is over; what ends it is our own limit.
        timeout: limit * 2,
        ...(way.by === "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
          ? { awsContainerCredentialsRelativeUri: env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI! }
          : { awsContainerCredentialsFullUri: env.AWS_CONTAINER_CREDENTIALS_FULL_URI! }),
        ...(env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
          ? { awsContainerAuthorizationTokenFile: env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE }
          : env.AWS_CONTAINER_AUTHORIZATION_TOKEN
          ? { awsContainerAuthorizationToken: env.AWS_CONTAINER_AUTHORIZATION_TOKEN }
          : {}),
      })();
    case "instance":
      return await providers.fromInstanceMetadata({
        logger,
        timeout: Math.floor(limit / 2),
        maxRetries: 0,
        // The first version answers whoever can make this machine fetch an address.
        ec2MetadataV1Disabled: true,
      })();
  }
}

/** A handler that nobody uses again: a kept connection would have a dropped request sent twice. */
async function handler(limit: number, proxy: AmbientOptions["proxy"]) {
  const [{ NodeHttpHandler }, http, https] = await Promise.all([
    import("@smithy/node-http-handler"),
    import("node:http"),
    import("node:https"),
  ]);
  const agent = { keepAlive: false, ...(proxy ? { proxyEnv: { ...proxy } } : {}) };
  return new NodeHttpHandler({
    connectionTimeout: Math.min(3000, limit),
    requestTimeout: limit,
    throwOnRequestTimeout: true,
    httpAgent: new http.Agent(agent),
    httpsAgent: new https.Agent(agent),
  });
}
