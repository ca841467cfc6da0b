import type { edit as english } from '../en/edit.ts'

export const edit: typeof english = {
  means: {
    oldIsOver: 'Ingen kommer längre in genom den gamla utlösaren; de som är på väg stannar eller flyttas enligt valet.',
    notEnrolledYet: 'De som den gamla utlösaren inte har skrivit in ännu skrivs inte längre in.',
    snapshot: 'Målgruppen skrivs in en gång, som den är då; när den sista i körningen har lämnat är körningen klar.',
    schedule: 'Målgruppen skrivs in vid varje tillfälle från och med nu; tidigare tillfällen tas inte igen.',
    event: 'De som gör detta från och med nu kommer in; det som gjordes tidigare sätter inte igång något.',
    sweep: 'De som passerar gränsen från och med nu kommer in; de som redan har passerat den gör det inte.',
    sweepAndExisting: 'De som passerar gränsen från och med nu kommer in, och genast de som redan har passerat den.',
  },
  notLive: 'Den här kampanjen är inte igång: starta den, så är det utkastet som körs.',
  liveAlready: version => `Version ${version} är redan igång: ändra utkastet först.`,
  changedMeanwhile: run => `${run} har ändrats under tiden: titta på den och bestäm på nytt.`,
}
