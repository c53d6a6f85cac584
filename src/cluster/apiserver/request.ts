/** What goes into the API server and what comes out: the same for in-process clients and for HTTPS. */
import type { KubeObject, Status } from '../api/types.ts';
import type { Connection } from '../network/types.ts';

/** How a client proves who it is. The API server decides whether it believes it. */
export interface Credential {
  /** PEM of a client certificate (see cluster/pki). */
  clientCertificate?: string;
  /** PEM of its key, which must match; absent when a TLS handshake has proven it on the way. */
  clientKey?: string;
  /** Bearer token. */
  token?: string;
}

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query: `/api/v1/namespaces/default/pods?limit=500`. */
  path: string;
  /** `application/json`, or a list with `;as=Table;v=v1;g=meta.k8s.io` or `as=PartialObjectMetadata…`. */
  accept?: string;
  /** Of the body; decides the kind of patch. `application/json` unless given. */
  contentType?: string;
  /** Parsed JSON. Must not be changed after the call. */
  body?: unknown;
  credential?: Credential;
  /** Impersonate-User, -Group, -Uid and -Extra-* headers. */
  impersonate?: { user: string; groups?: string[]; uid?: string; extra?: Readonly<Record<string, readonly string[]>> };
  userAgent?: string;
  /** X-Remote-User and -Group headers: whom a front proxy speaks for. */
  remoteUser?: { username: string; groups: readonly string[] };
  /** Whether answers carry metadata.managedFields, which components never look at. */
  managedFields?: boolean;
  /** Address the request comes from, for the audit log. */
  sourceIP?: string;
}

export interface ApiResponse {
  code: number;
  /** An object, list, table or Status; a string for plain text (logs, /healthz). */
  body: unknown;
  contentType?: string;
  /** Texts of Warning headers. */
  warnings?: readonly string[];
  /** The real server is still waiting for something here and has not answered: ask again after so many milliseconds, a few times. */
  waitsMs?: number;
}

/** An event on a watch; after ERROR the stream ends. */
export interface WatchEvent<T extends KubeObject = KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T | Status;
}

/** What the far end of a watch or another stream calls. */
export interface WatchSink {
  event(event: WatchEvent): void;
  /** The server has ended the stream (timeout, shutdown, network). */
  closed(): void;
}

/** Standard streams of exec, attach and log. */
export interface StreamSink {
  stdout(text: string): void;
  stderr(text: string): void;
  /** The far end has finished; `exit` for processes, undefined for a cut. */
  closed(exit: number | undefined): void;
}

/** An open stream, seen from the client. */
export interface OpenStream {
  close(): void;
  /** Input for exec and attach. */
  send?(text: string): void;
  /** No more input will come. */
  endInput?(): void;
}

/**
 * The API server as its clients reach it. All of it is synchronous: an answer is there at once,
 * streams call back as steps of the simulation.
 */
export interface ApiServerFace {
  handle(request: ApiRequest): ApiResponse;
  /** A GET with `watch=1`: an open stream, or the response that refuses it. */
  watch(request: ApiRequest, sink: WatchSink): OpenStream | ApiResponse;
  /** exec, attach, log?follow=1: an open stream, or the response that refuses it. */
  connect(request: ApiRequest, sink: StreamSink): OpenStream | ApiResponse;
  /** A connection to a port in a Pod, or the response that refuses it; without a port only whether it may be had (200). Throws NetworkError when nothing listens there. */
  portForward?(request: ApiRequest, port: number | undefined): Connection | ApiResponse;
}

/** True for the refusals of `watch` and `connect`. */
export function isResponse(answer: OpenStream | ApiResponse): answer is ApiResponse {
  return 'code' in answer;
}

/**
 * A way to an API server that may fail below HTTP.
 * Every method throws `NetworkError` (cluster/network/network.ts) when the server cannot be reached.
 */
export interface ApiTransport extends ApiServerFace {
  /** `https://10.0.0.2:6443`, for messages. */
  readonly server: string;
}
