/** The kubelet's own API as the API server uses it: logs, exec, attach, port-forward. */
import type { OpenStream, StreamSink } from '../apiserver/request.ts';
import type { Connection, Peer } from '../network/types.ts';

export interface LogRequest {
  namespace: string;
  pod: string;
  /** Chosen by the API server; never empty. */
  container: string;
  follow?: boolean;
  previous?: boolean;
  sinceSeconds?: number;
  sinceTime?: string;
  tailLines?: number;
  limitBytes?: number;
  timestamps?: boolean;
}

export interface ExecRequest { namespace: string; pod: string; container: string; command: readonly string[]; stdin: boolean; tty: boolean }

export interface AttachRequest { namespace: string; pod: string; container: string; stdin: boolean; tty: boolean }

/** A refusal: HTTP code and text. */
export interface KubeletRefusal { code: number; message: string }

export interface KubeletFace {
  /** Why whoever is at the other end may not ask for anything; undefined: they may. */
  refusal?(peer: Peer): KubeletRefusal | undefined;
  /** Past lines are given at once; with `follow` the stream stays open. */
  logs(request: LogRequest, sink: StreamSink): OpenStream | KubeletRefusal;
  exec(request: ExecRequest, sink: StreamSink): OpenStream | KubeletRefusal;
  /** What the container writes from now on; its input, when it has one. `closed` gets its exit code. */
  attach(request: AttachRequest, sink: StreamSink): OpenStream | KubeletRefusal;
  /** A connection to a port inside of the Pod. Throws NetworkError when nothing listens there. */
  portForward(request: { namespace: string; pod: string; port: number }): Connection | KubeletRefusal;
}
