import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import type { components } from '../api/schema';
import { procedureCall, readFields, readOptions } from './fields';
import { useForm } from './formContext';
import { isMapped } from './template';
import { isObject, type Values } from './values';

type Result = components['schemas']['ProcedureResult'];

/** What is chosen so far, without what is known only when the scenario runs. */
function chosen(values: Values, own: string): Values {
  return Object.fromEntries(
    Object.entries(values).filter(([name, v]) => name !== own && !isMapped(v) && (typeof v !== 'object' || v === null)),
  );
}

/** The names that a procedure may depend on change only with what somebody chooses. */
function useCall(procedure: string | undefined, own: string) {
  const { app, connection, needsConnection, all } = useForm();
  const call = procedureCall(procedure ?? '');
  const parameters = chosen(all(), own);
  const query = useQuery({
    queryKey: ['procedure', app, call, connection, parameters],
    queryFn: ({ signal }) =>
      api.post<Result>(
        `/apps/${encodeURIComponent(app)}/procedures/${encodeURIComponent(call.name)}`,
        { connection, parameters: { ...parameters, ...call.query } },
        undefined,
        signal,
      ),
    enabled: procedure !== undefined && procedure !== '' && !(needsConnection && connection === 0),
    staleTime: 5 * 60_000,
    retry: false,
    placeholderData: (before) => before,
  });
  return { ...query, waitsForConnection: needsConnection && connection === 0 };
}

/** Choices that the app lists. */
export function useChoices(procedure: string | undefined, own: string) {
  const call = useCall(procedure, own);
  const { result } = call.data ?? {};
  return { ...call, options: readOptions(isObject(result) ? [result] : result) };
}

/** Further fields that the app lists. */
export function useMoreFields(procedure: string | undefined, own: string) {
  const call = useCall(procedure, own);
  return { ...call, fields: readFields(call.data?.result) };
}
