/** Of the catalogue: changing a live campaign. */
export const edit = {
  means: {
    oldIsOver: 'Nobody enters by the old trigger any more; who is under way stays or moves as chosen.',
    notEnrolledYet: 'Whom the old trigger has not enrolled yet it does not enroll any more.',
    snapshot: 'The audience is enrolled once, as of then; when the last of the run has left, the run is completed.',
    schedule: 'The audience is enrolled at each turn from now on; turns before now are not made up.',
    event: 'Who does this from now on enters; what was done before begins nothing.',
    sweep: 'Who crosses this line from now on enters; who is past it already does not.',
    sweepAndExisting: 'Who crosses this line from now on enters, and at once who is past it already.',
  },
  notLive: 'This campaign is not live: launch it, and its draft is what runs.',
  liveAlready: (version: number): string => `Version ${version} is live already: change the draft first.`,
  changedMeanwhile: (run: string): string => `${run} has changed meanwhile: look at it and decide again.`,
}
