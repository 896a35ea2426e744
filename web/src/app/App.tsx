import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { QueryCache, QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { api, CallError } from '../api/client';
import type { Me, Page as ListPage, Team } from '../api/types';
import { Account } from '../pages/Account';
import { Connections } from '../pages/Connections';
import { ExecutionPage } from '../pages/Execution';
import { History } from '../pages/History';
import { Incompletes } from '../pages/Incompletes';
import { IncompletePage } from '../pages/Incomplete';
import { Join } from '../pages/Join';
import { NotFound } from '../pages/NotFound';
import { Reset } from '../pages/Reset';
import { ScenarioPage } from '../pages/Scenario';
import { Scenarios } from '../pages/Scenarios';
import { Setup } from '../pages/Setup';
import { SignIn } from '../pages/SignIn';
import { Loading } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { ToastProvider } from '../parts/toasts';
import { languageOf, TextProvider } from '../text';
import { Layout } from './Layout';
import { navigate, usePathname } from './router';
import { match, type Match } from './routes';
import { SessionContext } from './session';

const tries = 2;

/** Who is refused for not being signed in goes to the page where one signs in, and back afterwards. */
function toSignIn() {
  const here = match(location.pathname)?.name;
  if (here === 'sign-in' || here === 'setup' || here === 'join' || here === 'reset') return;
  navigate(`/sign-in?return_to=${encodeURIComponent(location.pathname + location.search)}`, { replace: true });
}

function makeClient() {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof CallError && error.status === 401) toSignIn();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => count < tries && !(error instanceof CallError && error.status >= 400 && error.status < 500),
      },
    },
  });
}

export function App() {
  const [client] = useState(makeClient);
  return (
    <QueryClientProvider client={client}>
      <Route />
    </QueryClientProvider>
  );
}

function Speaking({ me, children }: { me?: Me; children: ReactNode }) {
  const language = languageOf(me?.user.language, ...navigator.languages);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <TextProvider language={language} zone={me?.user.zone}>
      <ToastProvider>{children}</ToastProvider>
    </TextProvider>
  );
}

function Route() {
  const found = match(usePathname());
  switch (found?.name) {
    case 'setup':
      return <Speaking><Setup /></Speaking>;
    case 'sign-in':
      return <Speaking><SignIn /></Speaking>;
    case 'join':
      return <Speaking><Join /></Speaking>;
    case 'reset':
      return <Speaking><Reset /></Speaking>;
    default:
      return <SignedIn found={found} />;
  }
}

const teamPlace = 'ropeway.team';

function SignedIn({ found }: { found: Match | undefined }) {
  const me = useQuery({ queryKey: ['me'], queryFn: () => api.get<Me>('/me') });
  const teams = useQuery({ queryKey: ['teams'], queryFn: () => api.get<ListPage<Team>>('/teams'), enabled: me.isSuccess });
  const [chosen, setChosen] = useState(Number(localStorage.getItem(teamPlace)));
  const session = useMemo(() => {
    if (!me.data || !teams.data) return undefined;
    const list = teams.data.items;
    const team = (list.find((x) => x.id === chosen) ?? list[0])?.id ?? 0;
    const choose = (id: number) => {
      localStorage.setItem(teamPlace, String(id));
      setChosen(id);
    };
    return { me: me.data, teams: list, team, choose };
  }, [me.data, teams.data, chosen]);

  if (!session) {
    const error = me.error ?? teams.error;
    return (
      <Speaking>
        <main className="alone">{error ? <ProblemBox error={error} retry={() => void me.refetch()} /> : <Loading />}</main>
      </Speaking>
    );
  }
  return (
    <Speaking me={session.me}>
      <SessionContext value={session}>
        <Layout found={found}>
          <View key={`${found?.name} ${found?.id} ${session.team}`} found={found} />
        </Layout>
      </SessionContext>
    </Speaking>
  );
}

function Home() {
  useEffect(() => navigate('/scenarios', { replace: true }), []);
  return <Loading />;
}

function View({ found }: { found: Match | undefined }) {
  switch (found?.name) {
    case 'home':
      return <Home />;
    case 'scenarios':
      return <Scenarios />;
    case 'scenario':
      return <ScenarioPage id={found.id} />;
    case 'history':
      return <History />;
    case 'execution':
      return <ExecutionPage id={found.id} />;
    case 'incompletes':
      return <Incompletes />;
    case 'incomplete':
      return <IncompletePage id={found.id} />;
    case 'connections':
      return <Connections />;
    case 'account':
      return <Account />;
    default:
      return <NotFound />;
  }
}
