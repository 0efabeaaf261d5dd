/** What the tests use of stompit, which brings no types. */
declare module "stompit" {
  import type { Readable, Writable } from "node:stream";

  export type Headers = Record<string, string | number>;
  export interface Message extends Readable {
    readonly headers: Record<string, string>;
    readString(encoding: string, callback: (error: Error | null, text: string) => void): void;
  }
  export interface Transaction {
    send(headers: Headers): Writable;
    ack(message: Message): void;
    nack(message: Message): void;
    commit(options?: object): void;
    abort(options?: object): void;
  }
  export interface Client {
    readonly headers: Record<string, string>;
    on(event: string, listener: (error: Error) => void): void;
    send(headers: Headers, options?: object): Writable;
    subscribe(headers: Headers, listener: (error: Error | null, message: Message) => void): { unsubscribe(): void };
    ack(message: Message, headers?: Headers): void;
    nack(message: Message, headers?: Headers): void;
    begin(headers?: Headers): Transaction;
    disconnect(callback: (error: Error | null) => void): void;
    destroy(): void;
  }
  export function connect(options: object, callback: (error: Error | null, client: Client) => void): Client;
}
