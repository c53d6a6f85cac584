/** The kubelet's own API as the API server uses it: logs, exec, attach, port-forward. */
import type { OpenStream, StreamSink } from '../apiserver/request.ts';

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

/** A refusal: HTTP code and text. */
export interface KubeletRefusal { code: number; message: string }

export interface KubeletFace {
  /** Past lines are given at once; with `follow` the stream stays open. */
  logs(request: LogRequest, sink: StreamSink): OpenStream | KubeletRefusal;
  exec(request: ExecRequest, sink: StreamSink): OpenStream | KubeletRefusal;
}
