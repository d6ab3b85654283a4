import assert from "node:assert/strict";
import { consoleHost, partitionById, PARTITIONS, signInHost } from "../../src/aws/partition.ts";

/** The region (a dash: nobody named one), its sign-in and its console; a dash: not public. */
const HOSTS = {
  "aws": `
    -               signin.aws.amazon.com                    console.aws.amazon.com
    us-east-1       signin.aws.amazon.com                    console.aws.amazon.com
    us-west-2       us-west-2.signin.aws.amazon.com          us-west-2.console.aws.amazon.com
    eu-west-1       eu-west-1.signin.aws.amazon.com          eu-west-1.console.aws.amazon.com
    ap-southeast-7  ap-southeast-7.signin.aws.amazon.com     ap-southeast-7.console.aws.amazon.com`,
  "aws-us-gov": `
    -               signin.amazonaws-us-gov.com                console.amazonaws-us-gov.com
    us-gov-west-1   signin.amazonaws-us-gov.com                console.amazonaws-us-gov.com
    us-gov-east-1   us-gov-east-1.signin.amazonaws-us-gov.com  console.amazonaws-us-gov.com`,
  "aws-cn": `
    -               signin.amazonaws.cn                      console.amazonaws.cn
    cn-north-1      signin.amazonaws.cn                      console.amazonaws.cn
    cn-northwest-1  cn-northwest-1.signin.amazonaws.cn       console.amazonaws.cn`,
  "aws-eusc": `
    -               eusc-de-east-1.signin.amazonaws-eusc.eu  console.amazonaws-eusc.eu
    eusc-de-east-1  eusc-de-east-1.signin.amazonaws-eusc.eu  console.amazonaws-eusc.eu
    eusc-de-west-1  eusc-de-west-1.signin.amazonaws-eusc.eu  console.amazonaws-eusc.eu`,
  "aws-iso": `
    -               signin.c2shome.ic.gov                    -
    us-iso-west-1   signin.c2shome.ic.gov                    -`,
  "aws-iso-b": `
    -               signin.sc2shome.sgov.gov                 -
    us-isob-east-1  signin.sc2shome.sgov.gov                 -`,
  "aws-iso-e": `
    -               signin.csphome.adc-e.uk                  -
    eu-isoe-west-1  signin.csphome.adc-e.uk                  -`,
  "aws-iso-f": `
    -               signin.csphome.hci.ic.gov                -
    us-isof-east-1  signin.csphome.hci.ic.gov                -`,
};

Deno.test("signInHost, consoleHost: every partition, with and without a region", () => {
  assert.deepEqual(Object.keys(HOSTS).toSorted(), PARTITIONS.map(({ id }) => id).toSorted());
  for (const [id, lines] of Object.entries(HOSTS)) {
    const partition = partitionById(id);
    assert.ok(partition);
    for (const line of lines.trim().split("\n")) {
      const [name, signIn, console] = line.trim().split(/\s+/)
        .map((word) => (word === "-" ? undefined : word));
      assert.equal(signInHost(partition, name), signIn, line);
      assert.equal(consoleHost(partition, name), console, line);
    }
  }
});
