import { ConnectionField } from './ConnectionField';
import type { FieldProps } from './fieldProps';
import { useForm } from './formContext';

/** Credentials of a type, for modules that know several: "keychain:basicauth". */
export function KeychainField({ field, value, set, error }: FieldProps) {
  const { app } = useForm();
  return <ConnectionField app={app} type={field.type.split(':')[1]} {...{ field, value, set, error }} />;
}
