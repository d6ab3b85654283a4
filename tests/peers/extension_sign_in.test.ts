/**
 * Whole sign-ins with the extension: IdPs of other people that know nothing of the driver and post to AWS, the
 * real driver, and an STS that takes nothing but an assertion for AWS's own URL.
 */

import assert from "node:assert/strict";
import { startAwsSignIn } from "../support/aws_sign_in.ts";
import { startBrowser, type Tab } from "../support/browser_tabs.ts";
import { hasOpenssl } from "../support/certificates.ts";
import { freePort, startDriver, temporaryHome } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { portIsUsed } from "../support/extension_cases.ts";
import { arrives, AWS_HOSTS } from "../support/extension_scene.ts";
import type { PeerName } from "../support/peers.ts";
import { pathOf, peersTest } from "../support/peers_together.ts";
import type { RoleOffer } from "../support/saml_response.ts";
import { SAMLP_OFFERS, startSamlp } from "../support/samlp.ts";
import { startAddress } from "../support/sign_ins.ts";
import { SSP_OFFERS, SSP_PASSWORD, startSimpleSamlPhp } from "../support/simplesamlphp.ts";
import { accountsFor, startSts } from "../support/sts.ts";

const ACS = `https://${AWS_HOSTS[0]}/saml`;

/** An IdP that is set up for the console alone. */
interface ForeignIdp extends AsyncDisposable {
  readonly startUrl: string;
  readonly issuer: string;
  readonly certificatePem: string;
  readonly offers: readonly [RoleOffer, ...RoleOffer[]];
  /** What the person does there. */
  readonly signIn: (tab: Tab) => Promise<void>;
}

async function simpleSamlPhp(): Promise<ForeignIdp> {
  const ssp = await startSimpleSamlPhp(pathOf("simplesamlphp"), { acsUrl: ACS });
  return {
    startUrl: ssp.startUrl("both"),
    issuer: ssp.issuer,
    certificatePem: ssp.certificatePem,
    offers: SSP_OFFERS,
    signIn: async (tab) => {
      await eventually("the form", async () => await tab.text("h2") || undefined);
      await tab.run(`document.querySelector("[name=username]").value = "one";
        document.querySelector("[name=password]").value = "${SSP_PASSWORD}";
        document.querySelector("[name=password]").form.requestSubmit()`);
    },
    [Symbol.asyncDispose]: () => ssp[Symbol.asyncDispose](),
  };
}

function samlp(): Promise<ForeignIdp> {
  const idp = startSamlp({ acsUrl: ACS });
  return Promise.resolve({
    ...idp,
    offers: SAMLP_OFFERS,
    // Its page posts at once.
    signIn: () => Promise.resolve(),
  });
}

const SIGN_INS: readonly {
  readonly browser: "chromium" | "firefox";
  readonly idp: () => Promise<ForeignIdp>;
  readonly name: string;
  readonly needs: readonly PeerName[];
}[] = [
  { browser: "chromium", idp: simpleSamlPhp, name: "SimpleSAMLphp", needs: ["simplesamlphp"] },
  { browser: "firefox", idp: samlp, name: "samlp", needs: [] },
];

for (const { browser: kind, idp: startIdp, name, needs } of hasOpenssl ? SIGN_INS : []) {
  peersTest(
    [kind, ...needs],
    `the extension in ${kind}: ${name}, which only knows AWS's URL, signs a person in at the driver`,
    async () => {
      await using aws = startAwsSignIn(AWS_HOSTS);
      await using idp = await startIdp();
      const [{ role, provider }] = idp.offers;
      await using sts = startSts(accountsFor(idp.offers, {
        issuer: idp.issuer,
        keys: [idp.certificatePem],
        recipients: [ACS],
      }));
      using home = temporaryHome();
      // The port that the extension knows when it is installed may be anybody's on this machine.
      const port = freePort();
      await using browser = await startBrowser(kind, {
        path: pathOf(kind),
        proxyPort: aws.proxyPort,
      });
      const options = await browser.open(`${browser.extension}/options.html`);
      await eventually(
        "the options",
        async () =>
          await options.run("document.querySelector('#port').value") === "8090" || undefined,
      );
      await options.run(`document.querySelector("#port").value = "${port}"`);
      await options.click("form button");
      await portIsUsed(options, port);
      await using driver = startDriver(
        [
          ...["--role-arn", role, "--saml-provider-arn", provider, "--port", String(port)],
          ...["--start-url", idp.startUrl, "--browser", "none"],
        ],
        { home: home.path, env: { AWS_ENDPOINT_URL_STS: sts.url } },
      );
      await driver.waitFor("Waiting on");
      const tab = await browser.open(startAddress(driver));
      await idp.signIn(tab);
      await arrives(tab, "Signed in to AWS");
      const { code, stdout, stderr } = await driver.ended;
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).AccessKeyId, sts.handedOut[0]?.accessKeyId);
      assert.deepEqual(aws.posts, []);
      await eventually("the tab to be disarmed", async () =>
        await options.run(
            "chrome.declarativeNetRequest.getSessionRules().then((rules) => rules.length)",
          ) === 0 || undefined);
    },
  );
}
