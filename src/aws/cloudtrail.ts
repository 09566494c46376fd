import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { type Answer, ask, type Connection } from "./clients.ts";

/** An event as CloudTrail keeps it. What it holds was sent by whoever made the request. */
export interface TrailEvent {
  readonly id?: string;
  /** Of the caller; there may be none, and it may not be the one that was asked for. */
  readonly accessKeyId?: string;
  /** The record, which ought to be JSON. */
  readonly record: string;
}

/** Some events, the newest first. */
export interface TrailPage {
  readonly events: readonly TrailEvent[];
  /** What the next page is asked for with; nothing on the last. */
  readonly next?: string;
}

/** Which events. */
export interface TrailQuestion {
  readonly accessKeyId: string;
  /** Inclusive, to whole seconds; CloudTrail keeps 90 days. */
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
  readonly next?: string;
}

/** How many requests a second CloudTrail answers, for an account in a region. */
export const lookupsPerSecond = 2;

/** How many events a page has at most. */
export const eventsPerPage = 50;

/** One page of the events of this connection's region that an access key made. */
export function lookupEvents(
  connection: Connection,
  { accessKeyId, from, to, next }: TrailQuestion,
): Promise<Answer<TrailPage>> {
  return ask(connection, {
    service: "cloudtrail",
    operation: "LookupEvents",
    client: (config) => new CloudTrailClient(config),
    call: async (client, options) => {
      const command = new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: "AccessKeyId", AttributeValue: accessKeyId }],
        StartTime: new Date(from.epochMilliseconds),
        EndTime: new Date(to.epochMilliseconds),
        MaxResults: eventsPerPage,
        ...(next ? { NextToken: next } : {}),
      });
      const { Events, NextToken } = await client.send(command, options);
      if (!Events) throw new SyntaxError("no list in the answer");
      return {
        events: Events.map(({ EventId, AccessKeyId, CloudTrailEvent = "" }) => ({
          record: CloudTrailEvent,
          ...(EventId ? { id: EventId } : {}),
          ...(AccessKeyId ? { accessKeyId: AccessKeyId } : {}),
        })),
        ...(NextToken ? { next: NextToken } : {}),
      };
    },
  });
}
