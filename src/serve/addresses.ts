/** A place to listen at. */
export interface Place {
  /** An IP address, without brackets. */
  readonly address: string;
  /** 0 takes any that is free. */
  readonly port: number;
}

/** Where no name resolution is asked: what SDKs take `http` for besides the loopback. */
const containerAddresses = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"] as const;

/**
 * Who can come to an address, and what SDKs make of it over `http`:
 *
 * - `loopback`: this machine; every SDK
 * - `container`: one of AWS's link-local addresses for containers; every SDK
 * - `other`: whoever has a way there; no SDK
 * - `every`: all addresses of this machine
 */
export type Reach = "loopback" | "container" | "other" | "every";

/**
 * Reads `ADDRESS:PORT`. An IPv6 address stands in brackets; `localhost` is 127.0.0.1.
 *
 * @returns nothing where it is not that
 */
export function parsePlace(text: string): Place | undefined {
  const [, host, port] = text.match(/^(\[[0-9a-fA-F:.]+\]|[0-9.]+|localhost):(\d{1,5})$/) ?? [];
  if (host === undefined || Number(port) > 65535) return undefined;
  const address = host === "localhost" ? "127.0.0.1" : canonical(host);
  return address === undefined ? undefined : { address, port: Number(port) };
}

/** An address as every URL has it, without brackets; nothing where it is none. */
function canonical(host: string): string | undefined {
  if (!host.startsWith("[") && !isIpLiteral(host)) return undefined;
  const url = URL.parse(`http://${host}`);
  return url?.hostname.replace(/^\[|\]$/g, "");
}

/** Whether a host as it stands in a URL is an address and no name. */
export function isIpLiteral(host: string): boolean {
  if (host.startsWith("[")) return URL.canParse(`http://${host}`);
  const parts = host.split(".");
  return parts.length === 4 &&
    parts.every((each) => /^(0|[1-9]\d{0,2})$/.test(each) && +each < 256);
}

/** @param address an IP address, without brackets */
export function reachOf(address: string): Reach {
  if (address === "0.0.0.0" || address === "::") return "every";
  if (/^127\./.test(address) || address === "::1") return "loopback";
  return containerAddresses.some((each) => each === address) ? "container" : "other";
}

/** An address as it stands in a URL. */
export function inUrl(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** Where clients find a profile. @param path `/`, or `/ci` */
export function urlOf({ address, port }: Place, path: string): string {
  return `http://${inUrl(address)}${port === 80 ? "" : `:${port}`}${path}`;
}

/**
 * The hosts that a server goes by. AWS's addresses for containers are always among them, since
 * container networks can lead those to a loopback; no page can come by such a name.
 */
export function hostsOf(places: readonly Place[]): Set<string> {
  const hosts = new Set(containerAddresses.map(inUrl));
  for (const { address } of places) {
    const reach = reachOf(address);
    if (reach === "every") hosts.add("any address");
    else hosts.add(inUrl(address));
    if (reach === "loopback" || reach === "every") hosts.add("localhost");
  }
  return hosts;
}
