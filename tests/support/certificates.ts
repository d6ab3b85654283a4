/**
 * A company's own CA and a certificate for this machine, made with openssl where that is installed.
 *
 * @module
 */

/** Files in a folder of their own, removed when disposed of. */
export interface Certificates extends Disposable {
  /** PEM file with the CA, for AWS_CA_BUNDLE. */
  readonly caFile: string;
  /** PEM, for localhost, 127.0.0.1, ::1 and the hosts that were asked for. */
  readonly cert: string;
  readonly key: string;
}

/** Whether certificates can be made here. */
export const hasOpenssl = available();

function available(): boolean {
  try {
    return new Deno.Command("openssl", { args: ["version"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}

/** The common name of the CA. */
export const CA_NAME = "Example Corp Inspection CA";

/** Makes a CA that nobody trusts, and a certificate of it, also for these hosts. */
export function makeCertificates(hosts: readonly string[] = []): Certificates {
  const folder = Deno.makeTempDirSync({ prefix: "stssaml-ca-" });
  const file = (name: string) => `${folder}/${name}`;
  const openssl = (...args: string[]) => {
    const { success, stderr } = new Deno.Command("openssl", { args, cwd: folder, stdout: "null" })
      .outputSync();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  };
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    ...["req", "-x509", ...ec, "-days", "2", "-subj", `/CN=${CA_NAME}`],
    ...["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
    ...["-keyout", file("ca.key"), "-out", file("ca.pem")],
  );
  openssl("req", ...ec, "-subj", "/CN=localhost", "-keyout", file("key"), "-out", file("csr"));
  Deno.writeTextFileSync(
    file("ext"),
    `subjectAltName=${["localhost", ...hosts].map((host) => `DNS:${host},`).join("")}` +
      "IP:127.0.0.1,IP:::1\nbasicConstraints=CA:FALSE\n",
  );
  openssl(
    ...["x509", "-req", "-in", file("csr"), "-CA", file("ca.pem"), "-CAkey", file("ca.key")],
    ...["-CAcreateserial", "-days", "2", "-extfile", file("ext"), "-out", file("cert")],
  );
  return {
    caFile: file("ca.pem"),
    cert: Deno.readTextFileSync(file("cert")),
    key: Deno.readTextFileSync(file("key")),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}
