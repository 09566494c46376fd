import { type AwsConfig, awsProfile } from "./config_file.ts";
import type { Service } from "./diagnose.ts";

/** Who named an endpoint. */
export type EndpointOrigin =
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "profile" }
  | { readonly kind: "aws_config"; readonly file: string; readonly line: number };

/** An address other than AWS's own. */
export interface Endpoint {
  readonly url: string;
  readonly from: EndpointOrigin;
}

export type Endpoints = Readonly<Partial<Record<Service, Endpoint>>>;

const serviceIds: Readonly<Record<Service, string>> = {
  sts: "STS",
  iam: "IAM",
  bedrock: "BEDROCK",
  "bedrock-runtime": "BEDROCK_RUNTIME",
  cloudtrail: "CLOUDTRAIL",
};

/**
 * The endpoints that are not AWS's own, in the order of the AWS SDKs, with the profile's endpoint
 * between the environment and `~/.aws/config`.
 *
 * @param from.profileEndpoint what the secrets file says; it is one of Bedrock's runtime
 * @see AWS SDKs and Tools Reference Guide, "Service-specific endpoints"
 */
export function chooseEndpoints(from: {
  readonly env: Readonly<Record<string, string>>;
  readonly config?: AwsConfig;
  readonly profileEndpoint?: string;
}): Endpoints {
  const { env, config, profileEndpoint } = from;
  const ignored = /^true$/i.test(env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS ?? "");
  const profile = awsProfile(config, env.AWS_PROFILE || "default");
  const services = config?.sections.get(`services ${profile.get("services")?.value ?? ""}`);

  const chosen: Partial<Record<Service, Endpoint>> = {};
  for (const service of Object.keys(serviceIds) as Service[]) {
    const id = serviceIds[service];
    const names = ignored ? [] : [`AWS_ENDPOINT_URL_${id}`, "AWS_ENDPOINT_URL"];
    const name = names.find((each) => env[each]);
    const configured = ignored
      ? undefined
      : services?.get(`${id.toLowerCase()}.endpoint_url`) ?? profile.get("endpoint_url");
    if (name) {
      chosen[service] = { url: env[name]!, from: { kind: "environment", name } };
    } else if (service === "bedrock-runtime" && profileEndpoint) {
      chosen[service] = { url: profileEndpoint, from: { kind: "profile" } };
    } else if (configured) {
      const { value, file, line } = configured;
      chosen[service] = { url: value, from: { kind: "aws_config", file, line } };
    }
  }
  return chosen;
}
