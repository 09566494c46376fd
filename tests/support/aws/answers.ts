import type { RawAnswer } from "./http.ts";

const encoder = new TextEncoder();

/** A fault as a service reports it; each protocol gives it its own shape. */
export class ServiceError extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

/** @param tree element names to text, to trees, or to lists of `member` elements */
export type XmlTree = { readonly [name: string]: XmlTree | string | readonly XmlTree[] };

function xml(tree: XmlTree): string {
  return Object.entries(tree).map(([name, value]) => {
    if (typeof value === "string") return `<${name}>${escape(value)}</${name}>`;
    if (!Array.isArray(value)) return `<${name}>${xml(value as XmlTree)}</${name}>`;
    return `<${name}>${value.map((each) => `<member>${xml(each)}</member>`).join("")}</${name}>`;
  }).join("");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The answer of a service with the query protocol. */
export function xmlAnswer(
  action: string,
  namespace: string,
  result: XmlTree | undefined,
  requestId: string,
): RawAnswer {
  const inner = result ? `<${action}Result>${xml(result)}</${action}Result>` : "";
  return text(
    200,
    `<${action}Response xmlns="${namespace}">${inner}` +
      `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`,
    { "Content-Type": "text/xml", "x-amzn-RequestId": requestId },
  );
}

/** The error of a service with the query protocol. */
export function xmlError(error: ServiceError, namespace: string, requestId: string): RawAnswer {
  const type = error.status < 500 ? "Sender" : "Receiver";
  return text(
    error.status,
    `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type>` +
      `${xml({ Code: error.code, Message: error.message })}</Error>` +
      `<RequestId>${requestId}</RequestId></ErrorResponse>`,
    { "Content-Type": "text/xml", "x-amzn-RequestId": requestId },
  );
}

export function jsonAnswer(
  value: unknown,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): RawAnswer {
  return text(200, JSON.stringify(value), {
    "Content-Type": "application/json",
    "x-amzn-RequestId": requestId,
    ...headers,
  });
}

/** The error of a REST JSON service; its code travels in a header, with a namespace. */
export function jsonError(error: ServiceError, requestId: string): RawAnswer {
  return text(error.status, JSON.stringify({ message: error.message }), {
    "Content-Type": "application/json",
    "x-amzn-RequestId": requestId,
    "x-amzn-ErrorType": `${error.code}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
  });
}

export function text(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>>,
): RawAnswer {
  return { status, headers, body: encoder.encode(body) };
}
