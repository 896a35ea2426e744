import type { Failure } from '../api/types';
import type { Key, Speaker } from '../text/text';

export const outcomeUnknown = 'OutcomeUnknownError';

const reasons: Record<string, Key> = {
  [outcomeUnknown]: 'runs.why.unknown',
  DataError: 'runs.why.data',
  BundleValidationError: 'runs.why.validation',
  DuplicateDataError: 'runs.why.duplicate',
  IncompleteDataError: 'runs.why.data',
  RateLimitError: 'runs.why.limit',
  ConnectionError: 'runs.why.connection',
  ModuleTimeoutError: 'runs.why.timeout',
  OutOfSpaceError: 'runs.why.space',
  DataSizeLimitExceededError: 'runs.why.space',
  InvalidConfigurationError: 'runs.why.configuration',
  InvalidAccessTokenError: 'runs.why.token',
  AccountValidationError: 'runs.why.token',
  MaxFileSizeExceededError: 'runs.why.size',
  MaxResultsExceededError: 'runs.why.size',
};

/** Says in plain words why a bundle stopped. */
export function reasonText(reason: Failure, t: Speaker['t']): string {
  return t(reasons[reason.kind] ?? 'runs.why.other');
}

/** Says what usually helps, where there is something to say. */
export function adviceText(reason: Failure, t: Speaker['t']): string {
  switch (reason.kind) {
    case outcomeUnknown:
      return t('runs.advice.unknown');
    case 'RateLimitError':
    case 'ConnectionError':
    case 'ModuleTimeoutError':
      return t('runs.advice.wait');
    case 'InvalidAccessTokenError':
    case 'AccountValidationError':
      return t('runs.advice.token');
    case 'DataError':
    case 'BundleValidationError':
    case 'DuplicateDataError':
    case 'IncompleteDataError':
      return t('runs.advice.data');
    default:
      return t('runs.advice.other');
  }
}
