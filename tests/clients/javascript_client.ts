/**
 * A client of AWS as programs in JavaScript are: the default chain of AWS SDK for JavaScript v3.
 *
 *     javascript_client.ts credentials N    asks the chain N times, prints each answer as a line of JSON
 *     javascript_client.ts ini N            the same for ~/.aws alone, whose errors the chain hides
 *     javascript_client.ts identity         asks STS who it is
 */
import { fromIni } from "@aws-sdk/credential-providers";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const [what, count = "1"] = Deno.args;
try {
  const client = new STSClient(what === "ini" ? { credentials: fromIni() } : {});
  if (what === "identity") {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    console.log(JSON.stringify({ arn: Arn }));
  } else {
    for (let left = Number(count); left > 0; left--) {
      const got = await client.config.credentials();
      console.log(JSON.stringify({
        accessKeyId: got.accessKeyId,
        secretAccessKey: got.secretAccessKey,
        sessionToken: got.sessionToken ?? "",
        ...(got.expiration
          ? { expires: got.expiration.toISOString().replace(/\.\d+Z$/, "Z") }
          : {}),
      }));
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
