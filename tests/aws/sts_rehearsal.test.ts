import { rehearseExchange } from "../../src/aws/sts_rehearsal.ts";
import { sdkEnvironment } from "../support/exchange.ts";

Deno.test("rehearseExchange: it plays through without a network, in any region", async () => {
  using _environment = sdkEnvironment({
    AWS_ENDPOINT_URL_STS: "http://127.0.0.1:1",
    HTTPS_PROXY: "http://127.0.0.1:1",
  });
  for (const region of ["us-east-1", "cn-north-1", "eusc-de-east-1", "mars-north-1"]) {
    await rehearseExchange(region);
  }
});
