/** What an `Authorization` header is made for. */
export interface AuthorizedRequest {
  readonly method: string
  /** URL as the platform knows it: what OAuth signs. */
  readonly url: string
}

/** A way to log in: makes the `Authorization` header of each request anew. */
export interface Authorization {
  /** Who logs in, for messages; never a secret. */
  readonly user: string
  /**
   * Value of the `Authorization` header of one request.
   *
   * @throws ApiError `login-refused` where the credentials cannot be had
   */
  header(request: AuthorizedRequest): string | Promise<string>
  /** Header of the log-in request, where it differs from that of other requests. */
  login?(request: AuthorizedRequest): string | Promise<string>
  /** Told after each log-in that succeeded, with the answer's headers. */
  loggedIn?(headers: Headers): void
  /**
   * Told when a request other than the log-in was answered 401 although a log-in after it succeeded. An authorization
   * that has this may change its header then: until an answer has shown that the first one is taken, requests go one
   * at a time.
   */
  refused?(): void
  /** How long one log-in may be used, in milliseconds; null: for ever. Read at each log-in and each pass of the gate. */
  readonly validMs?: number | null
  /**
   * What to check when the platform refuses the log-in, as a sentence without a full stop.
   *
   * @param aheadMs how far this machine's clock is ahead of the platform's, in milliseconds; null where it is not known
   */
  advice?(aheadMs: number | null): string
}
