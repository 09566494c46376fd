/**
 * When a Bedrock API key ends, as far as it says so itself. A short-term one is a presigned request,
 * which names when it was signed and for how long; the session that signed it may end earlier. A
 * long-term one (`ABSK…`) says nothing.
 *
 * @param token of `AWS_BEARER_TOKEN_BEDROCK`
 * @see aws/aws-bedrock-token-generator-js
 */
export function apiKeyEnd(token: string): Temporal.Instant | undefined {
  const encoded = /^bedrock-api-key-([\w+/=-]+)$/.exec(token.trim())?.[1];
  if (encoded === undefined) return undefined;
  try {
    const text = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
    const query = new URLSearchParams(text.slice(text.indexOf("?") + 1));
    const [, year, month, day, hour, minute, second] =
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get("X-Amz-Date") ?? "") ?? [];
    const seconds = query.get("X-Amz-Expires") ?? "";
    if (year === undefined || !/^\d{1,7}$/.test(seconds)) return undefined;
    return Temporal.Instant.from(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
      .add({ seconds: Number(seconds) });
  } catch {
    return undefined;
  }
}
