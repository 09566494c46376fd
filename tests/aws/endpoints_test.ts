import assert from "node:assert/strict";
import { awsProfile, parseAwsConfig } from "../../src/aws/config_file.ts";
import { chooseEndpoints } from "../../src/aws/endpoints.ts";

const text = `# comment
[default]
region = eu-west-1   # trailing
endpoint_url = http://general:1
services = local

[profile  work]
region=us-west-2
s3 =
  addressing_style = path
output = json

[services local]
sts =
  endpoint_url = http://sts:2
bedrock_runtime =
  endpoint_url = http://runtime:3

[sso-session x]
not a setting
`;
const config = parseAwsConfig(text, "~/.aws/config");

Deno.test("~/.aws/config is read with lines, nested blocks and comments", () => {
  const region = { value: "eu-west-1", file: "~/.aws/config", line: 3 };
  assert.deepEqual(awsProfile(config, "default").get("region"), region);
  assert.equal(awsProfile(config, "work").get("region")?.value, "us-west-2");
  assert.equal(awsProfile(config, "work").get("s3.addressing_style")?.value, "path");
  assert.equal(awsProfile(config, "work").get("output")?.value, "json");
  assert.equal(awsProfile(config, "other").size, 0);
  assert.equal(config.sections.get("services local")?.get("sts.endpoint_url")?.line, 15);
});

const profileEndpoint = "https://bedrock-runtime.us-east-1.amazonaws.com";
const cases: readonly (readonly [
  name: string,
  from: Parameters<typeof chooseEndpoints>[0],
  expected: Readonly<Record<string, string>>,
])[] = [
  ["nothing is set", { env: {} }, {}],
  ["one service is set in the environment", { env: { AWS_ENDPOINT_URL_STS: "http://a" } }, {
    sts: "http://a AWS_ENDPOINT_URL_STS",
  }],
  [
    "the service's variable beats the general one",
    { env: { AWS_ENDPOINT_URL: "http://g", AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://r" } },
    {
      sts: "http://g AWS_ENDPOINT_URL",
      iam: "http://g AWS_ENDPOINT_URL",
      bedrock: "http://g AWS_ENDPOINT_URL",
      "bedrock-runtime": "http://r AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
      cloudtrail: "http://g AWS_ENDPOINT_URL",
    },
  ],
  ["the profile has an endpoint, of the runtime only", { env: {}, profileEndpoint }, {
    "bedrock-runtime": `${profileEndpoint} profile`,
  }],
  [
    "the environment beats the profile",
    { env: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://r" }, profileEndpoint },
    { "bedrock-runtime": "http://r AWS_ENDPOINT_URL_BEDROCK_RUNTIME" },
  ],
  ["~/.aws/config has services, which beat its general one", { env: {}, config }, {
    sts: "http://sts:2 15",
    iam: "http://general:1 4",
    bedrock: "http://general:1 4",
    "bedrock-runtime": "http://runtime:3 17",
    cloudtrail: "http://general:1 4",
  }],
  ["another AWS profile is named", { env: { AWS_PROFILE: "work" }, config }, {}],
  [
    "configured endpoints are to be ignored",
    { env: { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true", AWS_ENDPOINT_URL: "http://g" }, config },
    {},
  ],
];

for (const [name, from, expected] of cases) {
  Deno.test(`endpoints where ${name}`, () => {
    const chosen = Object.entries(chooseEndpoints(from)).map(([service, { url, from }]) => {
      const origin = from.kind === "environment"
        ? from.name
        : from.kind === "profile"
        ? "profile"
        : from.line;
      return [service, `${url} ${origin}`];
    });
    assert.deepEqual(Object.fromEntries(chosen), expected);
  });
}
