import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type Answer, ask, type Connection } from "./clients.ts";

/** Whose key it is. */
export interface CallerIdentity {
  /** `arn:aws:iam::123456789012:user/claude-dev` */
  readonly arn: string;
  /** 12 digits. */
  readonly account: string;
}

/** Asks STS whose key this is; needs no permission. */
export function callerIdentity(connection: Connection): Promise<Answer<CallerIdentity>> {
  return ask(connection, {
    service: "sts",
    operation: "GetCallerIdentity",
    client: (config) => new STSClient(config),
    call: async (client, options) => {
      const { Arn, Account } = await client.send(new GetCallerIdentityCommand({}), options);
      if (!Arn || !Account) throw new SyntaxError("no identity in the answer");
      return { arn: Arn, account: Account };
    },
  });
}
