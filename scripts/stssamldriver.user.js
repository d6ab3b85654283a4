// ==UserScript==
// @name         stssamldriver: console or command line?
// @namespace    sts-saml-driver
// @version      1.0.0
// @description  Asks where a sign-in to AWS goes: to the AWS console, or to the stssamldriver that waits on this computer.
// @license      MIT
// @match        *://*/*
// @run-at       document-start
// @noframes
// @grant        none
// ==/UserScript==

/*
 * Acts only on forms that are about to post a SAMLResponse to the sign-in of AWS. It sends nothing anywhere else, and
 * stores nothing but an answer that is to be remembered, for this tab.
 *
 * Narrow @match to your identity provider's address, or set it in your userscript manager.
 */

(() => {
  "use strict";

  /** The driver: its --port, and https with --tls-cert. */
  const DRIVER = "http://localhost:8090/saml";

  /** The sign-in of AWS in every partition. */
  const AWS_HOSTS = [
    "*.signin.aws.amazon.com",
    "*.signin.amazonaws-us-gov.com",
    "*.signin.amazonaws.cn",
    "*.signin.amazonaws-eusc.eu",
    "signin.c2shome.ic.gov",
    "signin.sc2shome.sgov.gov",
    "signin.csphome.adc-e.uk",
    "signin.csphome.hci.ic.gov",
  ];

  /** Where an answer is remembered, for this tab and this identity provider. */
  const MEMORY = "stssamldriver";

  /** A key that was pressed for the page before must not answer, milliseconds. */
  const SETTLE_MS = 400;

  const submit = HTMLFormElement.prototype.submit;

  /** The question while it is asked; a form that is sent again meanwhile is sent once. */
  let asked;

  /** The sign-in that was sent to the driver last. */
  let sent;

  /** The sign-in in a form; undefined for every other form, whatever it is. */
  function signInOf(form, submitter) {
    try {
      return readForm(form, submitter);
    } catch {
      return undefined;
    }
  }

  function readForm(form, submitter) {
    // Fields may be called "action" and "method": the form's properties are these fields then.
    const own = (name) => HTMLFormElement.prototype.getAttribute.call(form, name);
    const attribute = (name) => submitter?.getAttribute(`form${name}`) ?? own(name) ?? "";
    if (attribute("method").toLowerCase() !== "post") return undefined;
    const action = new URL(attribute("action"), document.baseURI);
    if (action.protocol !== "https:" || !/^\/(static\/)?saml(\/|$)/.test(action.pathname)) {
      return undefined;
    }
    if (!AWS_HOSTS.some((pattern) => isHost(action.hostname, pattern))) return undefined;
    const fields = [...new FormData(form)];
    if (submitter?.name) fields.push([submitter.name, submitter.value]);
    if (!fields.some(([name]) => name === "SAMLResponse")) return undefined;
    return { action: action.href, target: attribute("target"), fields };
  }

  function isHost(host, pattern) {
    const bare = pattern.replace("*.", "");
    return host === bare || (bare !== pattern && host.endsWith(`.${bare}`));
  }

  /** Takes a sign-in over, which then must not be sent by the page. */
  function takeOver(form, submitter) {
    const signIn = signInOf(form, submitter);
    if (signIn === undefined) return false;
    const remembered = recall();
    if (remembered === undefined) asked ??= ask(signIn);
    else send(signIn, remembered);
    return true;
  }

  /** Posts the same fields in the same order. */
  function send(signIn, choice) {
    const { action, target, fields } = signIn;
    sent = choice === "driver" ? signIn : undefined;
    const form = document.createElement("form");
    form.method = "post";
    form.action = choice === "driver" ? DRIVER : action;
    form.target = choice === "driver" ? "_top" : target;
    form.hidden = true;
    for (const [name, value] of fields) {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = name;
      input.value = value;
      form.append(input);
    }
    document.documentElement.append(form);
    submit.call(form);
    form.remove();
  }

  function recall() {
    try {
      const choice = sessionStorage.getItem(MEMORY);
      return choice === "driver" || choice === "console" ? choice : undefined;
    } catch {
      // Storage is blocked.
      return undefined;
    }
  }

  function remember(choice) {
    try {
      sessionStorage.setItem(MEMORY, choice);
    } catch {
      // Then it is asked again.
    }
  }

  /** Makes an element; its style is set by script, which no policy of the page forbids. */
  function make(name, style, ...children) {
    const element = document.createElement(name);
    element.style.cssText = style;
    element.append(...children);
    return element;
  }

  function ask(signIn) {
    const font = "font:16px/1.5 system-ui,sans-serif;color:CanvasText;";
    const button = `${font}min-height:44px;padding:8px 18px;margin:0;border:1px solid GrayText;` +
      "border-radius:6px;background:ButtonFace;color:ButtonText;cursor:pointer;text-align:left;width:100%;";
    const heading = make("h1", `${font}font-size:20px;font-weight:600;margin:0 0 12px;`);
    heading.textContent = "Console or command line?";
    heading.id = "stssamldriver-question";
    const toDriver = make("button", button, "Command line (L)");
    const toConsole = make("button", button, "AWS console (C)");
    const box = make("input", "margin:0 8px 0 0;width:auto;");
    box.type = "checkbox";
    const label = make(
      "label",
      `${font}display:block;margin:0;`,
      box,
      "Don't ask again in this tab",
    );
    const note = make("p", `${font}margin:0;overflow-wrap:anywhere;`);
    note.setAttribute("role", "status");
    note.hidden = true;
    const dialog = make(
      "dialog",
      "color-scheme:light dark;background:Canvas;border:1px solid GrayText;border-radius:8px;padding:24px;" +
        "max-width:24rem;width:calc(100% - 32px);box-sizing:border-box;margin:auto;",
      heading,
      make("div", "display:grid;gap:12px;", toDriver, toConsole, label, note),
    );
    dialog.setAttribute("aria-labelledby", heading.id);
    const shownAt = performance.now();
    const isEarly = () => performance.now() - shownAt < SETTLE_MS;

    const forbid = () => {
      note.textContent =
        `This page doesn't allow its sign-in to be sent to ${new URL(DRIVER).host} ` +
        "(form-action in its Content-Security-Policy). The browser extension of stssamldriver can send it.";
      note.hidden = false;
      toDriver.disabled = true;
      toConsole.focus();
    };
    const choose = (choice) => {
      if (choice === "driver" && toDriver.disabled) return;
      if (box.checked) remember(choice);
      send(signIn, choice);
      // Else it stays until the page is left: that the page forbids it is said in here.
      if (choice === "console") dialog.close();
    };
    toDriver.addEventListener("click", ({ detail }) => {
      if (detail > 0 || !isEarly()) choose("driver");
    });
    toConsole.addEventListener("click", ({ detail }) => {
      if (detail > 0 || !isEarly()) choose("console");
    });
    dialog.addEventListener("keydown", (event) => {
      event.stopPropagation();
      const { key, repeat, ctrlKey, metaKey, altKey } = event;
      if (ctrlKey || metaKey || altKey) return;
      const choice = { l: "driver", 1: "driver", c: "console", 2: "console" }[key.toLowerCase()];
      if (choice === undefined) {
        if (repeat && key === "Enter") event.preventDefault();
        return;
      }
      event.preventDefault();
      if (!repeat && !isEarly()) choose(choice);
    });
    // Escape: it is sent nowhere, and the page can be asked to send it again.
    dialog.addEventListener("close", () => {
      asked = undefined;
      dialog.remove();
    });
    document.documentElement.append(dialog);
    dialog.showModal();
    toDriver.focus();
    return { forbid };
  }

  // The page has a policy against it.
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
    if (effectiveDirective !== "form-action" || sent === undefined) return;
    remember("ask");
    asked ??= ask(sent);
    asked.forbid();
  });

  // After the page's own listeners, which may decide not to send it.
  addEventListener("submit", (event) => {
    if (!event.defaultPrevented && takeOver(event.target, event.submitter)) event.preventDefault();
  });

  // Tells no event.
  const submitAsAsked = function () {
    if (!takeOver(this)) submit.call(this);
  };
  // Greasemonkey runs userscripts beside the page: what the page calls must be put into it.
  if (typeof exportFunction === "function") {
    exportFunction(submitAsAsked, globalThis.wrappedJSObject.HTMLFormElement.prototype, {
      defineAs: "submit",
    });
  } else {
    HTMLFormElement.prototype.submit = submitAsAsked;
  }
})();
