import { afterAll, afterEach, beforeAll, expect } from "bun:test";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { Chat, type ChatOptions } from "./chat.ts";
import { signUp, type TestServer, type TestServerOptions, testServer } from "./server.ts";
import { Visitor } from "./visitor.ts";

export interface VisitorOptions extends BrowserContextOptions {
  readonly name?: string;
}

/**
 * What the tests of a `describe` share: one Chromium, and that whatever a test has opened is closed behind it. No page and
 * no log may have complained by then.
 */
export class Journey {
  readonly #open: { faults(): readonly string[]; close(): Promise<unknown> }[] = [];
  #browser: Browser | undefined;
  #server: TestServer | undefined;

  /** Sets the hooks of the `describe` it is called in. `options`: see launchBrowser. */
  constructor(options: { readonly keepsPages?: boolean } = {}) {
    beforeAll(async () => {
      this.#browser = await launchBrowser(options);
    });
    afterAll(() => this.#browser?.close());
    afterEach(async () => {
      // What was opened last may need what was opened before.
      const open = this.#open.splice(0).reverse();
      const faults = open.flatMap((one) => one.faults());
      for (const one of open) await one.close();
      expect(faults).toEqual([]);
    });
  }

  get browser(): Browser {
    if (!this.#browser) throw new Error("the browser is not open yet");
    return this.#browser;
  }

  /** The whole product, for this test. */
  async server(options: TestServerOptions = {}): Promise<TestServer> {
    const server = await testServer(options);
    this.#server = server;
    this.#open.push({ faults: () => server.log.filter((line) => / error /.test(line)), close: () => server.stop() });
    return server;
  }

  /** Anything else that must be stopped: a push service that the server speaks to is kept before the server. */
  keep<T extends { stop(): unknown }>(thing: T): T {
    this.#open.push({ faults: () => [], close: async () => thing.stop() });
    return thing;
  }

  /** Somebody new on this test's server, signed in in a browser of their own. */
  async visitor(userId: string, { name = userId, ...options }: VisitorOptions = {}): Promise<Visitor> {
    const member = await signUp({ url: this.#url }, userId, name);
    return this.#meet(await Visitor.join(this.browser, this.#url, member, options));
  }

  /** The same, but signed up through the form. */
  async newcomer(userId: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    return this.#meet(await Visitor.signUp(this.browser, this.#url, userId, options));
  }

  /** Alice and Bob with browsers, and their room. */
  async chat(options: ChatOptions = {}): Promise<Chat> {
    const chat = await Chat.open(this.browser, options);
    this.#server = chat.server;
    this.#open.push({ faults: () => chat.faults, close: () => chat[Symbol.asyncDispose]() });
    return chat;
  }

  get #url(): string {
    if (!this.#server) throw new Error("there is no server to visit");
    return this.#server.url;
  }

  #meet(visitor: Visitor): Visitor {
    this.#open.push({ faults: () => visitor.faults, close: () => visitor.close() });
    return visitor;
  }
}
