// friendlyName returns a name for a key without a profile: always the same two words for the same key.
export function friendlyName(key: string): string {
  const number = (from: number) => Number.parseInt(key.slice(from, from + 4), 16) || 0;
  return `${words[number(0) % words.length]} ${birds[number(4) % birds.length]}`;
}

export const words = (
  'Amber Ashen Autumn Azure Bold Brave Breezy Bright Brisk Calm Candid Cedar Cheerful Clever Cloudy Coral Cosy ' +
  'Crimson Curious Dapper Daring Dawn Dusky Eager Early Earnest Easy Ember Fair Fleet Fond Frosty Gentle Gilded ' +
  'Glad Golden Graceful Happy Hardy Hazel Honest Humble Ivory Jolly Keen Kind Lively Lofty Loyal Lucky Lunar ' +
  'Maple Mellow Merry Mild Misty Mossy Nimble Noble Northern Opal Patient Pearl Placid Plucky Proud Quick Quiet ' +
  'Rosy Rustic Sandy Serene Silver Snowy Sprightly Spry Steady Stellar Sunny Swift Tawny Tender Tidal Velvet ' +
  'Vivid Warm Wild Windy Winter Wise Woodland Zesty'
).split(' ');

export const birds = (
  'Avocet Bittern Blackbird Bluetit Bunting Bustard Buzzard Chaffinch Chough Condor Coot Cormorant Crane ' +
  'Crossbill Crow Cuckoo Curlew Dipper Dotterel Dove Dunlin Dunnock Eagle Egret Eider Falcon Fieldfare Finch ' +
  'Flamingo Flycatcher Gannet Goldcrest Goldfinch Goose Goshawk Grebe Grouse Gull Harrier Hawk Heron Hoopoe ' +
  'Hummingbird Ibis Jackdaw Jay Kestrel Kingfisher Kite Kittiwake Lapwing Lark Linnet Loon Magpie Mallard Martin ' +
  'Merlin Nightingale Nightjar Nuthatch Oriole Osprey Ouzel Owl Partridge Pelican Penguin Petrel Pheasant Pigeon ' +
  'Pipit Plover Puffin Quail Raven Redstart Robin Rook Sandpiper Shearwater Shrike Siskin Skylark Snipe Sparrow ' +
  'Starling Stork Swallow Swan Swift Tern Thrush Toucan Turnstone Wagtail Warbler Waxwing Wheatear Wigeon ' +
  'Woodcock Woodpecker Wren Wryneck'
).split(' ');
