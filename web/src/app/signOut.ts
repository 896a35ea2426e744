import { useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { useToaster } from '../parts/toasts';
import { navigate } from './router';

export function useSignOut() {
  const client = useQueryClient();
  const toaster = useToaster();
  return async () => {
    try {
      await api.delete('/session');
      client.clear();
      navigate('/sign-in');
    } catch (error) {
      toaster.fail(error);
    }
  };
}
