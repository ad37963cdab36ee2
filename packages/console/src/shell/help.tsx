import { QuestionCircleOutlined } from '@ant-design/icons';
import { ROLE_WORDS, type Role } from '@ticket-check/operators/words';
import { Button, Modal } from 'antd';
import { useState } from 'react';
import { inEachLanguage, useLanguage, useWords } from '../begin/begun.ts';
import { useJson } from '../data/use-json.ts';
import { Marked } from '../look/marked.tsx';

const WORDS = inEachLanguage({
  help: (page: string) => [`${page}：帮助`, `Help: ${page}`],
  none: ['手册中没有更多说明。', 'The handbooks say nothing else about it.'],
  handbook: (role: string) => [`${role}手册`, `Handbook: ${role}`],
});

type Helped = {
  readonly Help: readonly {
    readonly Handbook: Role;
    readonly Passages: readonly { readonly When: string | null; readonly Text: string }[];
  }[];
};

/** A button that opens what a page shows, and what the handbooks say about it. */
export function Help({ page, about }: { page: string; about: string | undefined }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const [isOpen, setOpen] = useState(false);
  const { data, isPending } = useJson<Helped>(isOpen ? `/help.json?${new URLSearchParams({ page })}` : null);
  const found = data?.Help ?? [];
  return (
    <>
      <Button
        type="text"
        shape="circle"
        icon={<QuestionCircleOutlined aria-hidden />}
        aria-label={t.help(page)}
        title={t.help(page)}
        onClick={() => setOpen(true)}
      />
      <Modal
        open={isOpen}
        title={t.help(page)}
        footer={null}
        width={640}
        destroyOnHidden
        onCancel={() => setOpen(false)}
      >
        {about === undefined ? null : <p>{about}</p>}
        {found.length > 0 || isPending ? null : <p className="quiet">{t.none}</p>}
        {found.map(({ Handbook, Passages }) => (
          <section key={Handbook}>
            <h3>{t.handbook(ROLE_WORDS[Handbook][language])}</h3>
            <ul>
              {Passages.map(({ When, Text }) => (
                <li key={`${When} ${Text}`}>
                  <Marked text={When === null ? Text : `${When} → ${Text}`} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </Modal>
    </>
  );
}
