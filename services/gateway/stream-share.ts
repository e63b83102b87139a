/** Part of the streams that is kept for rooms with less than their equal share. */
const KEPT = 0.1;

export interface StreamCounts {
  readonly max: number;
  readonly open: number;
  readonly rooms: number;
  /** Open streams of the room that somebody wants to listen to. */
  readonly inRoom: number;
}

/**
 * Whether there is no stream left for this room here. The last tenth is for rooms with less than their equal share: the crowd
 * of a hot sale must not keep the buyers of the others from hearing that it is their turn.
 */
export function noStreamLeft({ max, open, rooms, inRoom }: StreamCounts): boolean {
  if (open >= max) return true;
  const withRoom = inRoom === 0 ? rooms + 1 : rooms;
  return withRoom > 1 && open >= max * (1 - KEPT) && inRoom >= max / withRoom;
}
