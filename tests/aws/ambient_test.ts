import assert from "node:assert/strict";
import { ambient, type AmbientKind, ambientWays } from "../../src/aws/ambient.ts";
import { type AwsConfig, parseAwsConfig } from "../../src/aws/config_file.ts";

const off = { AWS_EC2_METADATA_DISABLED: "true" };
const ways: readonly (readonly [
  string,
  Readonly<Record<string, string>>,
  string,
  readonly (readonly [AmbientKind, string | undefined])[],
])[] = [
  ["nothing at all", off, "", []],
  ["an instance, which nothing announces", {}, "", [["instance", "http://169.254.169.254"]]],
  ["a container of ECS", { ...off, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/x" }, "", [
    ["container", "http://169.254.170.2/v2/x"],
  ]],
  [
    "EKS Pod Identity, by its address",
    {
      ...off,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials",
    },
    "",
    [["pod-identity", "http://169.254.170.23/v1/credentials"]],
  ],
  [
    "EKS Pod Identity over IPv6",
    {
      ...off,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://[fd00:ec2::23]/v1/credentials",
    },
    "",
    [["pod-identity", "http://[fd00:ec2::23]/v1/credentials"]],
  ],
  [
    "a role of a service account before an instance",
    {
      AWS_WEB_IDENTITY_TOKEN_FILE: "/t",
      AWS_ROLE_ARN: "arn",
    },
    "",
    [["web-identity", "arn"], ["instance", "http://169.254.169.254"]],
  ],
  ["half of a service account", { ...off, AWS_ROLE_ARN: "arn" }, "", []],
  [
    "single sign-on of the AWS profile",
    { ...off, AWS_PROFILE: "work" },
    `[profile work]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Dev
`,
    [["sso", "Dev, 123456789012"]],
  ],
  ["aws login", off, "[default]\nlogin_session = arn:x\n", [["login", "arn:x"]]],
  [
    "neither keys nor a process, which could be ourselves",
    { ...off, AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "s" },
    "[default]\ncredential_process = credsmith credential-process\naws_access_key_id = A\n",
    [],
  ],
];
for (const [name, env, text, expected] of ways) {
  Deno.test(`ambientWays: ${name}`, () => {
    const config = parseAwsConfig(text, "~/.aws/config");
    assert.deepEqual(
      ambientWays({ env, config }).filter(({ by }) => by).map(({ kind, to }) => [kind, to]),
      expected,
    );
  });
}

const expiration = "2031-01-01T00:00:00Z";
const limits = {
  "web-identity": 5000,
  sso: 5000,
  login: 5000,
  "pod-identity": 5000,
  container: 5000,
  instance: 5000,
} as const;

type Handler = (request: Request) => Response | Promise<Response>;

/** With a server on loopback, a home folder, and what the SDK itself reads of the environment. */
async function machine(
  handler: Handler,
  about: (place: { url: string; home: string }) => {
    readonly env: Readonly<Record<string, string>>;
    readonly config?: string;
    readonly files?: Readonly<Record<string, string>>;
  },
  test: (options: { env: Readonly<Record<string, string>>; config?: AwsConfig }) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "credsmith-test-" });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  const url = `http://127.0.0.1:${server.addr.port}`;
  const { env: own, config: text, files = {} } = about({ url, home });
  const env: Record<string, string> = { HOME: home, AWS_CONFIG_FILE: `${home}/config`, ...own };
  const before = new Map(Object.keys(env).map((name) => [name, Deno.env.get(name)]));
  try {
    for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
    if (text) await Deno.writeTextFile(`${home}/config`, text);
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(`${home}/${path}`.replace(/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${home}/${path}`, content);
    }
    await test({ env, ...(text ? { config: parseAwsConfig(text, "~/.aws/config") } : {}) });
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await server.shutdown();
    await Deno.remove(home, { recursive: true });
  }
}

const document = JSON.stringify({
  AccessKeyId: "ASIACONTAINER",
  SecretAccessKey: "secret",
  Token: "token",
  Expiration: expiration,
});
const json = { headers: { "content-type": "application/json" } };

Deno.test("ambient: a container endpoint, with the token from its file", async () => {
  let asked: string | null = null;
  await machine((request) => {
    asked = request.headers.get("authorization");
    return new Response(document, json);
  }, ({ url, home }) => ({
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/creds`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: `${home}/token`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "another",
    },
    files: { token: "Bearer abc" },
  }), async (options) => {
    const found = await ambient({ ...options, region: "us-east-1", limits });
    assert.equal(asked, "Bearer abc");
    assert.equal(found.way.kind, "container");
    assert.equal(found.way.by, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    assert.equal(found.credentials.accessKeyId, "ASIACONTAINER");
    assert.equal(found.credentials.sessionToken?.reveal(), "token");
    assert.equal(found.expires?.toString(), expiration);
    assert.ok(!JSON.stringify(found).includes('secret"'));
  });
});

Deno.test("ambient: a key that has an empty token has none", async () => {
  const bare = JSON.stringify({ ...JSON.parse(document), Token: "" });
  await machine(() => new Response(bare, json), ({ url }) => ({
    env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/creds` },
  }), async (options) => {
    const { credentials } = await ambient({ ...options, region: "us-east-1", limits });
    assert.equal(credentials.sessionToken, undefined);
  });
});

Deno.test("ambient: a container endpoint that refuses ends the search", async () => {
  const refusal = JSON.stringify({ Code: "AccessDenied", Message: "no role for this pod" });
  await machine(
    () => new Response(refusal, { status: 403, ...json }),
    ({ url }) => ({
      env: {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/creds`,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
      },
    }),
    async (options) => {
      await assert.rejects(ambient({ ...options, region: "us-east-1", limits }), {
        name: "NoAmbientError",
        reason: "failed",
        why: "Server responded with status: 403: no role for this pod",
      });
    },
  );
});

Deno.test("ambient: an endpoint that never answers is given up at the limit", async () => {
  const never = Promise.withResolvers<Response>();
  await machine(() => never.promise, ({ url }) => ({
    env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/creds` },
  }), async (options) => {
    const short = { ...limits, container: 60 };
    await assert.rejects(ambient({ ...options, region: "us-east-1", limits: short }), {
      name: "NoAmbientError",
    });
    never.resolve(new Response(document, json));
  });
});

Deno.test("ambient: what has ended is refused", async () => {
  await machine(() => new Response(document, json), ({ url }) => ({
    env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/creds` },
  }), async (options) => {
    const now = () => Temporal.Instant.from(expiration);
    await assert.rejects(ambient({ ...options, region: "us-east-1", limits, now }), {
      name: "NoAmbientError",
      reason: "failed",
      why: `it gives credentials that ended at ${expiration}`,
    });
  });
});

Deno.test("ambient: an address that is none of a container's is refused", async () => {
  await assert.rejects(
    ambient({
      env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://192.0.2.1/creds" },
      region: "us-east-1",
      limits,
    }),
    { name: "NoAmbientError", reason: "failed" },
  );
});

/** The metadata of an instance, second version. */
const metadata: Handler = (request) => {
  const { pathname } = new URL(request.url);
  if (request.method === "PUT") return new Response("imds-token");
  if (request.headers.get("x-aws-ec2-metadata-token") !== "imds-token") {
    return new Response("", { status: 401 });
  }
  if (pathname.endsWith("/security-credentials/")) return new Response("host-role");
  assert.match(pathname, /\/security-credentials\/host-role$/);
  return new Response(JSON.stringify({
    Code: "Success",
    AccessKeyId: "ASIAINSTANCE",
    SecretAccessKey: "secret",
    Token: "token",
    Expiration: expiration,
  }));
};

Deno.test("ambient: an instance profile, by the second version alone", async () => {
  await machine(metadata, ({ url }) => ({
    env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: url, AWS_EC2_METADATA_DISABLED: "false" },
  }), async (options) => {
    const found = await ambient({ ...options, region: "us-east-1", limits });
    assert.deepEqual([found.way.kind, found.credentials.accessKeyId], ["instance", "ASIAINSTANCE"]);
  });
  await machine(
    (request) =>
      request.method === "PUT" ? new Response("", { status: 405 }) : new Response("host-role"),
    ({ url }) => ({ env: { AWS_EC2_METADATA_SERVICE_ENDPOINT: url } }),
    async (options) => {
      await assert.rejects(ambient({ ...options, region: "us-east-1", limits }), {
        name: "NoAmbientError",
        reason: "absent",
      });
    },
  );
});

Deno.test("ambient: nothing there", async () => {
  await assert.rejects(ambient({ env: off, region: "us-east-1", limits }), {
    name: "NoAmbientError",
    reason: "absent",
  });
});

Deno.test("ambient: a service account's role", async () => {
  let body = "";
  await machine(async (request) => {
    body = await request.text();
    return new Response(
      `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAPOD</AccessKeyId>
<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>${expiration}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>`,
      { headers: { "content-type": "text/xml" } },
    );
  }, ({ url, home }) => ({
    env: {
      AWS_WEB_IDENTITY_TOKEN_FILE: `${home}/token`,
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/pod",
      AWS_ENDPOINT_URL_STS: url,
    },
    files: { token: "eyJ.x.y" },
  }), async (options) => {
    const found = await ambient({ ...options, region: "us-east-1", limits });
    assert.deepEqual([found.way.kind, found.credentials.accessKeyId], ["web-identity", "ASIAPOD"]);
    assert.match(body, /Action=AssumeRoleWithWebIdentity/);
    assert.match(body, /WebIdentityToken=eyJ\.x\.y/);
  });
});

Deno.test("ambient: single sign-on, with the token that aws sso login left", async () => {
  let asked = "";
  const config = (startUrl: string) =>
    `[profile work]
sso_start_url = ${startUrl}
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = Dev
`;
  const start = "https://corp.awsapps.com/start";
  const digest = new Uint8Array(
    await crypto.subtle.digest("SHA-1", new TextEncoder().encode(start)),
  ).toHex();
  const answer: Handler = (request) => {
    asked = `${request.headers.get("x-amz-sso_bearer_token")} ${new URL(request.url).search}`;
    return new Response(
      JSON.stringify({
        roleCredentials: {
          accessKeyId: "ASIASSO",
          secretAccessKey: "secret",
          sessionToken: "token",
          expiration: Date.parse(expiration),
        },
      }),
      json,
    );
  };
  const token = (expiresAt: string) => ({
    [`.aws/sso/cache/${digest}.json`]: JSON.stringify({ accessToken: "sso-token", expiresAt }),
  });
  const about = (expiresAt: string) => ({ url }: { url: string }) => ({
    env: { AWS_PROFILE: "work", AWS_ENDPOINT_URL_SSO: url },
    config: config(start),
    files: token(expiresAt),
  });
  await machine(answer, about(expiration), async (options) => {
    const found = await ambient({ ...options, region: "us-east-1", limits });
    assert.deepEqual([found.way.kind, found.credentials.accessKeyId], ["sso", "ASIASSO"]);
    assert.match(asked, /^sso-token .*role_name=Dev/);
  });
  await machine(answer, about("2020-01-01T00:00:00Z"), async (options) => {
    await assert.rejects(ambient({ ...options, region: "us-east-1", limits }), {
      name: "NoAmbientError",
      reason: "failed",
      why: /expired/,
    });
  });
});

Deno.test("ambient: what aws login left", async () => {
  const session = "arn:aws:sts::123456789012:assumed-role/admin/me";
  const digest = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(session)),
  ).toHex();
  await machine(() => new Response("", { status: 500 }), () => ({
    env: {},
    config: `[default]\nlogin_session = ${session}\nregion = us-east-1\n`,
    files: {
      [`.aws/login/cache/${digest}.json`]: JSON.stringify({
        accessToken: {
          accessKeyId: "ASIALOGIN",
          secretAccessKey: "secret",
          sessionToken: "token",
          accountId: "123456789012",
          expiresAt: expiration,
        },
        clientId: "c",
        refreshToken: "r",
        dpopKey: "k",
      }),
    },
  }), async (options) => {
    const found = await ambient({ ...options, region: "us-east-1", limits });
    assert.deepEqual([found.way.kind, found.credentials.accessKeyId], ["login", "ASIALOGIN"]);
  });
});

const secret = "wJalrXUtnFEMIxK7MDENG";
for (
  const body of [
    `{"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":${secret}`,
    secret,
    `<x>${secret}</x>`,
    `{"AccessKeyId":"A\\nB","SecretAccessKey":"${secret}","Token":"t","Expiration":"2036-11-22T00:00:00Z"}`,
    `{"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"${secret} ","Token":"t","Expiration":"2036-11-22T00:00:00Z"}`,
    "null",
    "",
  ]
) {
  Deno.test(`ambient: an answer that is none tells nothing of itself: ${body}`, async () => {
    const onListen = () => {};
    const handler = () => new Response(body);
    const options = { hostname: "127.0.0.1", port: 0, onListen };
    await using server = Deno.serve(options, handler);
    const uri = `http://127.0.0.1:${server.addr.port}/`;
    const env = { ...off, AWS_CONTAINER_CREDENTIALS_FULL_URI: uri };
    const error = await ambient({ env, region: "us-east-1" }).then(() => undefined, (each) => each);
    assert.equal(error?.reason, "failed");
    assert.doesNotMatch(error.why, /wJalr|Cannot read/);
  });
}
